import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Membership } from '../cluster/membership.ts';
import type { Config } from '../config.ts';
import { CommandEndings, type NotifyEnding } from '../fleet/command-endings.ts';
import { CommandIntake } from '../fleet/command-intake.ts';
import { CommandLedger } from '../fleet/command-ledger.ts';
import { CommitWait } from '../fleet/commit-wait.ts';
import { ALONE, Fleet, type FleetListeners } from '../fleet/fleet.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { DeviceBudgets } from '../gateway/budgets.ts';
import { ReportCoalescer } from '../gateway/report-coalescer.ts';
import { timersAfter } from '../gateway/timers-after.ts';
import type { WorkQueue } from '../gateway/work-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { openAccess } from './access.ts';
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
  budgets: Pick<DeviceBudgets, 'restrictionOf' | 'lift'>;
  listeners: FleetListeners;
  /** Called for each step of each command. */
  commandChanged(entry: LedgerEntry): void;
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
  const lease = membership ?? ALONE;
  const timers = timersAfter(queue, clock);
  const ledger = await CommandLedger.load(store, clock, log, on.commandChanged);
  const commits = new CommitWait({ store, lease, clock: timers, log });
  const endings = new CommandEndings({
    ...{ ledger, log, metrics, notify: on.notifyEnding, ended: on.commandEnded },
    committed: () => commits.committed(),
    cluster: membership ?? null,
  });
  const coalescer = new ReportCoalescer(queue, clock, metrics.reportOvertaken);
  const fleet = new Fleet({
    restrictions: { of: (id) => on.budgets.restrictionOf(id), lift: (id) => on.budgets.lift(id) },
    store,
    clock: timers,
    log,
    metrics,
    audit,
    tokens: access.devices,
    blocked: (id) => access.blocks.get(id),
    ...{ ledger, endings, commits, settings, lease },
    listeners: on.listeners,
  });
  const intake = new CommandIntake({ ledger, fleet, clock, settings, flushOf: coalescer.flushOf });
  return {
    fleet,
    ledger,
    endings,
    intake,
    coalescer,
    /** In a cluster, devices are taken up later: another instance may own them. */
    start: () => fleet.start(membership && new Map()),
    /** Runs before leaving the cluster: the next owner of the devices reads which commands were sent. */
    async stop(): Promise<void> {
      fleet.stop();
      const announced = store
        .committed()
        .catch(() => {})
        .then(() => endings.announced());
      await Promise.race([announced, delay(HANDOVER_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
