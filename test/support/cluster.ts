import type { Socket } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { admin, next, Replica, type Screen, startScreen } from './clients.ts';
import { freshDatabase } from './databases.ts';
import { judge } from './history.ts';
import type { History } from './history-faults.ts';
import type { Ending } from './operator.ts';
import { PATIENCE_MS } from './patience.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { startServer, type TestServer } from './server.ts';

export interface TestCluster {
  redis: TestRedis;
  databaseUrl: string;
  instances: TestServer[];
  /** Starts another instance of the cluster. */
  join(env?: Record<string, string>): Promise<TestServer>;
}

/** Real instances with one real Redis and one real PostgreSQL. */
export async function startCluster(
  count: number,
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
  main?: string,
): Promise<TestCluster> {
  const redis = await startRedis();
  const databaseUrl = await freshDatabase();
  let number = 0;
  const join = (more: Record<string, string> = {}) =>
    startServer(
      { REDIS_URL: redis.url, DATABASE_URL: databaseUrl, NODE_ID: `n${++number}`, ...env, ...more },
      nodeArgs,
      main,
    );
  const instances = await Promise.all(Array.from({ length: count }, () => join()));
  return { redis, databaseUrl, instances, join };
}

/** An admin of the instance, with a copy of the documents. */
export async function observer(server: TestServer, request?: object): Promise<Replica> {
  const socket = admin(server);
  const replica = new Replica(socket);
  await next(socket, 'connect');
  await replica.subscribe(request);
  return replica;
}

/** An admin whose copy survives its connection: it resubscribes with its cursor after every reconnect. */
export async function faithfulObserver(server: TestServer): Promise<Replica> {
  const socket = admin(server);
  const replica = new Replica(socket);
  await next(socket, 'connect');
  await replica.subscribe();
  socket.on('connect', () => void replica.subscribe({ scope: { all: true }, cursor: replica.cursor }).catch(() => {}));
  return replica;
}

export interface Load {
  screens: Map<string, Screen>;
  accepted: { commandId: string; deviceId: string }[];
  endings: (Ending & { toldAt: number; by: string })[];
  /**
   * Stops the load. Resolves once every accepted command has ended, or after 90 s: C1 allows up to 45 s for a command.
   */
  stop(): Promise<void>;
}

/** The instance that a client is connected to: its session id starts with the node (SPEC K8). */
export const nodeOf = (socket: Socket) => socket.io.engine.id?.split('.')[0] ?? '';

/** All clients share this process, which must respond to each in time. */
const CONNECT_AT_ONCE = 50;

/**
 * Screens that change their state and receive commands, including toggles, until stopped. `losesAnswers`: one in seven is
 * lost; the last commands can then take 45 s.
 */
export async function startLoad(
  entry: TestServer,
  asker: TestServer,
  ids: readonly string[],
  losesAnswers = true,
): Promise<Load> {
  const screens = new Map<string, Screen>();
  // A token of its own, because missed results are sent to other sockets with the same token (SPEC C6).
  const { token } = (await asker.call('/tokens', { name: 'load', role: 'operator' })).body;
  for (let i = 0; i < ids.length; i += CONNECT_AT_ONCE) {
    const some = ids.slice(i, i + CONNECT_AT_ONCE);
    await Promise.all(
      some.map(async (id) => screens.set(id, await startScreen(entry, id, { transports: ['polling', 'websocket'] }))),
    );
  }
  const socket = admin(asker, { token });
  const endings: Load['endings'] = [];
  socket.on('command:response', (ending: Ending) =>
    endings.push({ ...ending, toldAt: Date.now(), by: nodeOf(socket) }),
  );
  await next(socket, 'connect');
  const accepted: Load['accepted'] = [];
  const commands = ['vlc:play', 'vlc:pause', 'vlc:fullscreen', 'vlc:stop'];
  let isStopped = false;
  let round = 0;
  const asking: Promise<void>[] = [];
  const timer = setInterval(() => {
    const id = ids[round % ids.length] as string;
    const command = commands[Math.floor(round / ids.length + round) % commands.length];
    const screen = screens.get(id) as Screen;
    screen.answers = losesAnswers && round % 7 === 0 ? 'silent' : 'success';
    round++;
    asking.push(
      socket
        .timeout(8000)
        .emitWithAck('command:send', { deviceId: id, command })
        .then((answer) => {
          if (answer.ok) accepted.push(...answer.commands);
        })
        .catch(() => {}),
    );
  }, 40);
  onTestFinished(() => clearInterval(timer));
  return {
    screens,
    accepted,
    endings,
    async stop() {
      if (!isStopped) clearInterval(timer);
      isStopped = true;
      for (const screen of screens.values()) screen.answers = 'success';
      await Promise.all(asking);
      const open = () => accepted.filter((it) => !endings.some((ended) => ended.commandId === it.commandId));
      // If a command never ends, the checker reports it.
      for (let i = 0; open().length > 0 && i < 1800; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}

/** Polls until the condition is true, for conditions without an event. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = PATIENCE_MS,
): Promise<void> {
  const until = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`timeout: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until every instance and every observer agree about every device. Throws the remaining differences. */
export async function settled(history: History, instances: readonly TestServer[]): Promise<void> {
  let faults: string[] = [];
  await eventually('nothing differs', async () => {
    faults = await judge(history, instances);
    return faults.length === 0;
  }).catch(() => {
    throw new Error(faults.slice(0, 10).join('\n'));
  });
}
