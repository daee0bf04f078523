import { describe, expect, test } from 'vitest';
import { admin, next, type StreamMessage, startScreen } from '../support/clients.ts';
import { databases } from '../support/databases.ts';
import { type Ending, operator, run } from '../support/operator.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** The whole: `KILLS=10 npx vitest run test/integration/server-kill.test.ts`. */
const KILLS = Number(process.env.KILLS ?? 5);
const SCREENS = ['s-1', 's-2', 's-3'];
/** The minimum number of events reported per round. */
const ENDINGS = 8;
const TOKENS = 2;

/** Everything that was ever reported to a client. */
interface Told {
  endings: Map<string, string>;
  tokens: string[];
  versions: Map<string, number>;
}

/** Reports, commands, tokens and a stream, all at once, until enough was reported; then the server is killed. */
async function workAndDie(server: TestServer, told: Told): Promise<void> {
  let isOver = false;
  const screens = await Promise.all(SCREENS.map((id) => startScreen(server, id)));
  const observer = admin(server);
  observer.on('state:updated', ({ updates }: StreamMessage) => {
    for (const { deviceId, version } of updates) told.versions.set(deviceId, version);
  });
  await next(observer, 'connect');
  await observer.emitWithAck('fleet:subscribe', { scope: { all: true } });
  const socket = await operator(server);
  const before = { endings: told.endings.size, tokens: told.tokens.length };
  socket.on('command:response', ({ commandId, status }: Ending) => told.endings.set(commandId, status));

  const goOn = async (work: (n: number) => Promise<unknown>) => {
    for (let n = 0; !isOver; n++) await work(n).catch(() => {});
  };
  const enough = new Promise<void>((resolve) => {
    socket.on('command:response', () => {
      if (told.endings.size >= before.endings + ENDINGS && told.tokens.length >= before.tokens + TOKENS) resolve();
    });
  });
  void goOn((n) =>
    Promise.race([Promise.all(screens.map((it) => it.socket.emitWithAck('player:state', { n }))), enough]),
  );
  for (const deviceId of SCREENS) {
    void goOn(() => Promise.race([run(socket, { deviceId, command: 'vlc:play' }), enough]));
  }
  void goOn(async (n) => {
    const { status, body } = await server.call('/tokens', { name: `t-${told.tokens.length}-${n}`, role: 'viewer' });
    if (status === 201) told.tokens.push(body.token);
  });
  await enough;
  isOver = true;
  await server.stop('SIGKILL');
  for (const it of [observer, socket, ...screens.map((screen) => screen.socket)]) it.disconnect();
}

describe.each(databases)('%s', (_, place) => {
  test(`C7 D1 killed ${KILLS} times under load: every reported ending and token remains, and no version decreases`, {
    timeout: 240_000,
  }, async () => {
    const { dataDir, databaseUrl = '' } = await place();
    let server = await startServer({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl });
    const told: Told = { endings: new Map(), tokens: [], versions: new Map() };
    let kept = 0;
    for (let round = 1; kept < KILLS && round <= 4 * KILLS; round++) {
      const before = new Map(told.endings);
      await workAndDie(server, told);
      // If the database was too slow, commands continued without it (C7), and the server logged that.
      if (server.logs.some(({ msg }) => msg.startsWith('the database is slow'))) told.endings = before;
      else kept++;
      server = await server.restart();
      for (const [id, version] of told.versions) {
        expect((await server.call(`/devices/${id}`)).body.version, id).toBeGreaterThanOrEqual(version);
      }
      for (const [id, status] of told.endings) expect((await server.call(`/commands/${id}`)).body.status).toBe(status);
      for (const token of told.tokens) expect((await server.call('/me', undefined, { token })).status).toBe(200);
    }
    expect(kept).toBe(KILLS);
    expect(told.endings.size).toBeGreaterThanOrEqual(KILLS * ENDINGS);
  });
});
