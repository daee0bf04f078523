import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CommandOutput } from '../../machines/command.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Config } from '../config.ts';
import { CommandDesk, type TellEnding } from '../fleet/command-desk.ts';
import { CommandLedger, type LedgerEntry, type LedgerListeners } from '../fleet/command-ledger.ts';
import { Fleet, type FleetListeners } from '../fleet/fleet.ts';
import type { DeviceBudgets } from '../gateway/budgets.ts';
import { ReportCoalescer } from '../gateway/report-coalescer.ts';
import { timersAfter } from '../gateway/timers-after.ts';
import type { WorkQueue } from '../gateway/work-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { openAccess } from './access.ts';
import { Relay } from './relay.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  storage: Storage;
  access: Awaited<ReturnType<typeof openAccess>>;
  queue: WorkQueue;
  membership: Membership | undefined;
  budgets(): Pick<DeviceBudgets, 'restrictionOf' | 'lift'>;
  listeners: Pick<FleetListeners, 'changed' | 'gaveUp' | 'adopted'>;
  /** Each step of each command. */
  commandChanged: LedgerListeners['changed'];
  commandEnded(record: CommandRecord): void;
  tellEnding: TellEnding;
}

/** The instances that go on with these devices do not wait for longer than this. */
const HANDOVER_TIMEOUT_MS = 2000;

export type FleetPart = Awaited<ReturnType<typeof openFleet>>;

/** The devices that are held here, and their commands. */
export async function openFleet({ config, clock, log, metrics, storage, access, queue, membership, ...on }: Deps) {
  const { store, audit } = storage;
  const settings = { ...config, tickingPaths: config.tickingPaths ?? [] };
  // The desk gives commands to the devices, which say how they end.
  const ended = new Relay<[output: CommandOutput]>();
  const learned = new Relay<[entry: LedgerEntry]>();
  const ledger = await CommandLedger.load(store, clock, log, { changed: on.commandChanged, learned: learned.send });
  const coalescer = new ReportCoalescer(queue, clock, metrics.reportOvertaken);
  const fleet = new Fleet({
    restrictions: { of: (id) => on.budgets().restrictionOf(id), lift: (id) => on.budgets().lift(id) },
    store,
    clock: timersAfter(queue, clock),
    log,
    metrics,
    audit,
    tokens: access.devices,
    blocked: (id) => access.blocks.get(id),
    ledger,
    settings,
    ...(membership && { standing: membership }),
    listeners: { ...on.listeners, commandEnded: ended.send },
  });
  const { flushOf } = coalescer;
  const told = { tell: on.tellEnding, ended: on.commandEnded };
  const desk = new CommandDesk({ ledger, fleet, clock, log, metrics, settings, flushOf, ...told });
  ended.connect((output) => desk.commandEnded(output));
  learned.connect((entry) => desk.learned(entry));
  return {
    fleet,
    ledger,
    desk,
    coalescer,
    /** What others may hold, the cluster takes up. */
    async start(): Promise<void> {
      await fleet.start(membership && new Map());
      // A database that does not answer now is told of by `healthy`.
      void store.committed().then(storage.lives.recovered, () => {});
    },
    /** Before the cluster is left: whoever goes on with these devices reads what was sent of their commands. */
    async stop(): Promise<void> {
      fleet.stop();
      const announced = store
        .committed()
        .catch(() => {})
        .then(() => desk.announced());
      await Promise.race([announced, delay(HANDOVER_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
