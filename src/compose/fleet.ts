import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CommandOutput } from '../../machines/command.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Config } from '../config.ts';
import { CommandDesk, type NotifyEnding } from '../fleet/command-desk.ts';
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
  /** Called for each step of each command. */
  commandChanged: LedgerListeners['changed'];
  commandEnded(record: CommandRecord): void;
  notifyEnding: NotifyEnding;
}

/** Another instance waits no longer than this before it takes over the devices. */
const HANDOVER_TIMEOUT_MS = 2000;

export type FleetPart = Awaited<ReturnType<typeof openFleet>>;

/** The devices of this instance, and their commands. */
export async function openFleet({ config, clock, log, metrics, storage, access, queue, membership, ...on }: Deps) {
  const { store, audit } = storage;
  const settings = { ...config, tickingPaths: config.tickingPaths ?? [] };
  // The desk and the fleet need each other.
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
    ...(membership && { lease: membership }),
    listeners: { ...on.listeners, commandEnded: ended.send },
  });
  const { flushOf } = coalescer;
  const listeners = { notify: on.notifyEnding, ended: on.commandEnded };
  const desk = new CommandDesk({ ledger, fleet, clock, log, metrics, settings, flushOf, ...listeners });
  ended.connect((output) => desk.commandEnded(output));
  learned.connect((entry) => desk.learned(entry));
  return {
    fleet,
    ledger,
    desk,
    coalescer,
    /** In a cluster, devices are taken up later: another instance may own them. */
    start: () => fleet.start(membership && new Map()),
    /** Runs before leaving the cluster: the next owner of the devices reads which commands were sent. */
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
