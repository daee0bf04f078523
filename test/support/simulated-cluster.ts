import pino from 'pino';
import type { TokenChange } from '../../src/access/shared-tokens.ts';
import { Membership } from '../../src/cluster/membership.ts';
import type { Imposed, Lately } from '../../src/fleet/api.ts';
import type { Incarnations } from '../../src/ports/incarnations.ts';
import type { Identity, SendCommand } from '../../src/protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../../src/protocol/commands.ts';
import type { DeviceDocument, Update } from '../../src/protocol/document.ts';
import { openHarness, type Settings } from './harness.ts';
import { sharedRegistry } from './shared-registry.ts';
import { type SharedStore, sharedStore } from './shared-store.ts';
import { type SimulatedClock, simulatedClock } from './simulated-clock.ts';
import { asker as ana } from './world.ts';

type Harness = Awaited<ReturnType<typeof openHarness>>;

/** One instance of a simulated cluster, with what was seen of it. */
export interface Instance {
  /** `<NODE_ID>:<random>`, as the others know it. */
  readonly me: string;
  readonly harness: Harness;
  readonly isDead: boolean;
  /** What its admins were told of devices. */
  readonly updates: Update[];
  /** The endings that it told an asker of. */
  readonly told: { record: CommandRecord; missed: boolean }[];
  /** Endings that only watchers were told of. */
  readonly seenEndings: CommandRecord[];
  readonly learnt: TokenChange[];
  readonly reloads: { tokens: number; fleetTokens: number };
  readonly lost: { messages: number };
  /** The conduct of devices: given to the next owner, and taken over from the last one. */
  readonly lately: Map<string, Lately>;
  readonly carried: [id: string, lately: Lately][];
  readonly imposed: [id: string, it: Imposed][];
  /** What it says of processes that have the database open. */
  readonly statuses: Map<string, 'alive' | 'gone' | 'unknown'>;
  readonly registrations: { count: number };
  /** Whether a socket of the asker is connected here. */
  isAskerHere: boolean;
  document(id: string): DeviceDocument | undefined;
  version(id: string): number | undefined;
  send(request: SendCommand, by?: Identity, socketId?: string | null): Promise<CommandSummary[]>;
  /** Ends the process at once. */
  kill(): void;
  /** Stops it properly. */
  stop(): Promise<void>;
}

/** Some processes of one cluster, with the simulated clock that they share. */
export async function simulatedCluster(
  names: readonly string[] = ['n1', 'n2', 'n3'],
  settings: Partial<Settings> = {},
  latency?: () => number,
) {
  const clock = simulatedClock();
  const redis = sharedRegistry(clock, latency);
  const database = sharedStore();
  const instances: Instance[] = [];
  /** Processes that have the database open, since when. */
  const open = new Map<string, number>();
  const join = async (name: string): Promise<Instance> => {
    const opening = openInstance({ name, run: instances.length + 1, clock, redis, database, settings, open });
    let isDone = false;
    opening.then(
      () => {
        isDone = true;
      },
      () => {
        isDone = true;
      },
    );
    // An instance waits until a crashed one with its name is silent.
    for (await clock.advance(0); !isDone; ) await clock.advance(500);
    const it = await opening;
    instances.push(it);
    return it;
  };
  for (const name of names) await join(name);
  // Until all of them know who is there.
  await clock.advance(8000);
  return { clock, redis, database, instances, join, open };
}

interface Given {
  name: string;
  /** Makes its id one of its own. */
  run: number;
  clock: SimulatedClock;
  redis: ReturnType<typeof sharedRegistry>;
  database: SharedStore;
  settings: Partial<Settings>;
  open: Map<string, number>;
}

async function openInstance({ name, run, clock, redis, database, settings, open }: Given): Promise<Instance> {
  const me = `${name}:${run}`;
  const { registry, bus } = redis.join(me);
  const seen = {
    updates: [] as Update[],
    told: [] as Instance['told'],
    seenEndings: [] as CommandRecord[],
    learnt: [] as TokenChange[],
    reloads: { tokens: 0, fleetTokens: 0 },
    lost: { messages: 0 },
    lately: new Map<string, Lately>(),
    carried: [] as Instance['carried'],
    imposed: [] as Instance['imposed'],
    statuses: new Map<string, 'alive' | 'gone' | 'unknown'>(),
    registrations: { count: 0 },
  };
  open.set(me, clock.wall());
  const incarnations: Incarnations = {
    cleanStart: true,
    mayHaveLost: false,
    async removeGone(statusOf) {
      for (const [instance, since] of open) {
        if (instance === me) continue;
        const found = statusOf(instance, since);
        seen.statuses.set(instance, found);
        if (found === 'gone') open.delete(instance);
      }
    },
    async register() {
      seen.registrations.count++;
      open.set(me, open.get(me) ?? clock.wall());
    },
    recovered: () => {},
    end: async () => {
      open.delete(me);
    },
  };
  const harness = await openHarness({
    clock,
    store: database.open(),
    settings: { nodeId: name, ...settings },
    metrics: { messagesLost: () => void seen.lost.messages++ },
    changed: (update) => void seen.updates.push(update),
    tell: (record, asker, missed) => {
      const isReached = asker !== undefined && asker.socketId !== null && it.isAskerHere;
      if (isReached) seen.told.push({ record: structuredClone(record), missed });
      else if (!missed) seen.seenEndings.push(structuredClone(record));
      return isReached;
    },
    join: (life, listeners) => ({
      membership: new Membership(me, { registry, clock: life, log: pino({ level: 'silent' }), listeners }),
      registry,
      bus,
      incarnations,
      budgets: {
        give: (id) => seen.lately.get(id),
        carry: (id, lately) => void seen.carried.push([id, lately]),
        impose: (id, imposed) => void seen.imposed.push([id, imposed]),
      },
      learnToken: (change) => void seen.learnt.push(change),
      reloadTokens: async () => void seen.reloads.tokens++,
      rereadFleetTokens: async () => void seen.reloads.fleetTokens++,
    }),
  });
  const it: Instance = {
    ...seen,
    me,
    harness,
    isAskerHere: true,
    get isDead() {
      return harness.remains !== undefined;
    },
    document: (id) => harness.devices.get(id)?.document,
    version: (id) => harness.devices.get(id)?.version,
    send: (request, by = ana, socketId = `socket at ${me}`) => harness.desk.send(request, by, socketId),
    kill() {
      redis.leave(me);
      harness.kill();
    },
    async stop() {
      await harness.stop();
      redis.leave(me);
      await incarnations.end();
    },
  };
  return it;
}
