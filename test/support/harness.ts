import pino from 'pino';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { type Cluster, type ClusterDeps, joinCluster } from '../../src/cluster/cluster.ts';
import type { MembershipListeners } from '../../src/cluster/membership.ts';
import { openDesired } from '../../src/compose/desired.ts';
import { createPipeline } from '../../src/compose/pipeline.ts';
import type { DesiredStates } from '../../src/desired/desired-states.ts';
import type { Devices, PlayerDevices, Watching } from '../../src/fleet/api.ts';
import { CommandDesk } from '../../src/fleet/command-desk.ts';
import { CommandEndings, type NotifyEnding } from '../../src/fleet/command-endings.ts';
import { CommandIntake, type CommandSettings } from '../../src/fleet/command-intake.ts';
import { CommandLedger } from '../../src/fleet/command-ledger.ts';
import { CommitWait } from '../../src/fleet/commit-wait.ts';
import type { ClusterLease, Restrictions } from '../../src/fleet/device-context.ts';
import { ALONE, type ChangeListener, Fleet } from '../../src/fleet/fleet.ts';
import type { FleetSettings } from '../../src/fleet/settings.ts';
import type { AuditRecord } from '../../src/ports/audit.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import type { Policy } from '../../src/protocol/alerts.ts';
import { type Payload, Stream } from '../../src/stream/stream.ts';
import { noMetrics } from './no-metrics.ts';
import type { SimulatedClock } from './simulated-clock.ts';

export type Settings = FleetSettings & CommandSettings & { streamIntervalMs: number };

export const defaultSettings: Settings = {
  nodeId: 'n1',
  stateIntervalMs: 30_000,
  watchIntervalMs: 2000,
  tickIntervalMs: 300_000,
  maxDevices: 20_000,
  offlineGraceMs: 15_000,
  tickingPaths: [],
  commandTimeoutMs: 10_000,
  commandRetries: 2,
  streamIntervalMs: 100,
};

export interface HarnessOptions {
  clock: SimulatedClock;
  store?: MemoryStateStore;
  settings?: Partial<Settings>;
  /** Duration of a durable write, in ms; 0: it is durable in the same iteration of the event loop. */
  writeMs?: number;
  metrics?: Partial<Metrics>;
  /** Undefined: a single instance. */
  lease?: ClusterLease;
  /** Joins a cluster; `clock` is that of the process. */
  join?: (
    clock: Clock,
    listeners: MembershipListeners,
  ) => Pick<ClusterDeps, 'membership' | 'registry' | 'bus' | 'incarnations' | 'budgets'> &
    Pick<ClusterDeps, 'learnToken' | 'reloadTokens' | 'rereadFleetTokens'>;
  /** Processes the device's pending reports. */
  flushOf?: (deviceId: string) => void;
  restrictions?: Restrictions;
  /** The default alert policy. */
  policy?: Policy;
  publish?: (room: string, payload: Payload) => void;
  tell?: NotifyEnding;
  changed?: ChangeListener;
  gaveUp?: (deviceId: string) => void;
  audited?: (record: AuditRecord) => void;
}

/** The core of one process (fleet, commands, stream) with a store that survives it. */
export interface Harness {
  readonly fleet: Fleet;
  /** All devices: of a cluster, also those that other instances hold. */
  readonly devices: Devices & PlayerDevices & Watching;
  readonly cluster: Cluster | undefined;
  readonly desk: CommandDesk;
  readonly ledger: CommandLedger;
  readonly stream: Stream;
  readonly desired: DesiredStates;
  readonly settings: Settings;
  /** The store after a kill; undefined while the process runs. */
  readonly remains: MemoryStateStore | undefined;
  /** Called before each external effect. False: the process is dead, and the effect must not happen. */
  pulse(): boolean;
  /** Kills the process at the n-th effect from now; 1 is the next. */
  killAfter(effects: number): void;
  kill(): MemoryStateStore;
  /** A clean stop. */
  stop(): Promise<MemoryStateStore>;
}

export async function openHarness({
  clock,
  store: given,
  settings: some,
  writeMs = 0,
  metrics: counted,
  lease: alone = ALONE,
  join,
  flushOf = () => {},
  restrictions,
  audited,
  policy = {},
  ...on
}: HarnessOptions) {
  const settings = { ...defaultSettings, ...some };
  const store = given ?? createMemoryStateStore();
  const life = clock.life();
  let remains: MemoryStateStore | undefined;
  let left = Number.POSITIVE_INFINITY;

  const kill = () => {
    remains ??= store.crash();
    life.end();
    return remains;
  };
  const pulse = () => {
    if (remains) return false;
    if (--left > 0) return true;
    kill();
    return false;
  };

  let unwritten: Parameters<StateStore['put']>[] = [];
  let written = Promise.resolve();
  let isOpen = false;
  const write = () => {
    for (const put of unwritten) store.put(...put);
    unwritten = [];
  };
  const guarded: StateStore = {
    load: (collection) => store.load(collection),
    find: (collection, name) => store.find(collection, name),
    pick: (collection, keys) => store.pick(collection, keys),
    backlog: 0,
    dropped: 0,
    put: (...put) => {
      if (!pulse()) return;
      if (writeMs === 0 || !isOpen) return store.put(...put);
      if (unwritten.push(put) > 1) return;
      written = new Promise((resolve) => {
        life.clock.setTimeout(() => {
          write();
          store.committed().then(resolve);
        }, writeMs);
      });
    },
    committed: () => (unwritten.length > 0 ? written : store.committed()),
    cleanStart: store.cleanStart,
    recovered: () => store.recovered(),
    mayHaveLost: store.mayHaveLost,
    get healthy() {
      return store.healthy;
    },
    close: () => store.close(),
  };
  const log = pino({ level: 'silent' });
  const metrics = noMetrics(counted);
  const member = join?.(life.clock, {
    changed: (...it): void => cluster?.membershipChanged(...it),
    lapsed: async (): Promise<void> => cluster?.lapsed(),
  });
  const lease = member?.membership ?? alone;
  const ledger = await CommandLedger.load(guarded, life.clock, log, (entry) => cluster?.commandChanged(entry));
  const commits = new CommitWait({ store: guarded, lease, clock: life.clock, log });
  const endings = new CommandEndings({
    ...{ ledger, log, metrics, ended: () => {}, cluster: member?.membership ?? null },
    committed: () => commits.committed(),
    notify: (...ending) => isOpen && pulse() && (on.tell?.(...ending) ?? false),
  });
  const tokens = { issue: async (id: string) => `token of ${id}`, revoke: () => {} };
  const fleet = new Fleet({
    store: guarded,
    clock: life.clock,
    log,
    metrics,
    audit: { record: (it) => void audited?.(it) },
    tokens,
    ...{ ledger, endings, commits, settings, lease },
    ...(restrictions && { restrictions }),
    listeners: {
      changed: (update, after, before) => {
        changed(update, after, before);
        desired.changed(update, after, before);
        cluster?.deviceChanged(update);
      },
      gaveUp: (id) => on.gaveUp?.(id),
      adopted: (id) => desired.adopted(id),
    },
  });
  const intake = new CommandIntake({ ledger, fleet, clock: life.clock, settings, flushOf });
  const changed: ChangeListener = (update, after, before) => {
    if (remains) return;
    on.changed?.(update, after, before);
    stream.changed(update, after, before);
  };
  const basics = { clock: life.clock, log, metrics };
  const { maxDevices, nodeId: node } = settings;
  const parts = { fleet, ledger, intake, endings, changed };
  const cluster = member && joinCluster({ ...basics, ...member, ...parts, maxDevices, node, rebalanceAfterMs: 0 });
  const devices = cluster?.directory ?? fleet;
  const routing = { router: cluster?.directory ?? intake, instance: member?.membership.me ?? null };
  const desk = new CommandDesk({ ...basics, ...routing, ledger, endings, devices });
  const stream = new Stream({
    devices: { all: () => devices.all(), get: (id) => devices.get(id) },
    publish: (room, payload) => {
      if (pulse()) on.publish?.(room, payload);
    },
    clock: life.clock,
    metrics,
    // One document in each part.
    partSize: 1,
  });
  const desired = openDesired({
    fleet,
    desk,
    store: guarded,
    clock: life.clock,
    audit: { record: (it) => void audited?.(it) },
    policies: { of: () => policy },
    isShared: cluster !== undefined,
  });
  await cluster?.start();
  // The devices of a cluster are taken up later.
  await fleet.start(cluster && new Map());
  isOpen = true;
  const pipeline = createPipeline({
    clock: life.clock,
    intervalMs: settings.streamIntervalMs,
    ingest: { flush: () => {} },
    stream,
    outbox: cluster && { flush: () => cluster.tick() },
  });
  pipeline.start();
  await desired.start();

  return {
    fleet,
    devices,
    cluster,
    desk,
    ledger,
    stream,
    desired: desired.states,
    settings,
    get remains() {
      return remains;
    },
    pulse,
    killAfter(effects: number) {
      left = effects;
    },
    kill,
    async stop() {
      desired.stop();
      stream.close();
      pipeline.stop();
      fleet.stop();
      write();
      if (cluster) await endings.announced();
      await cluster?.leave();
      await store.close();
      return kill();
    },
  } satisfies Harness;
}
