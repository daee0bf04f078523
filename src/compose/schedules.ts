import type { Logger } from 'pino';
import type { AdminTokens } from '../access/admin-tokens.ts';
import type { Devices } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { leads } from '../ports/leads.ts';
import { LocalTime } from '../ports/local-time.ts';
import type { Metrics } from '../ports/metrics.ts';
import { repeat } from '../ports/repeat.ts';
import type { RunLog } from '../ports/schedule-runs.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WallTime } from '../ports/wall-time.ts';
import type { Policy } from '../protocol/alerts.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { Calendar } from '../schedules/calendar.ts';
import { Execution } from '../schedules/execution.ts';
import { Runner } from '../schedules/runner.ts';
import { ScheduleStore } from '../schedules/schedule-store.ts';
import { Schedules } from '../schedules/schedules.ts';
import { Targets } from '../schedules/targets.ts';

/** Changes reach the other instances within this time. */
const RELOAD_MS = 2000;

interface Deps {
  runs: RunLog;
  store: StateStore;
  audit: Audit;
  devices: Pick<Devices, 'all' | 'get'>;
  desk: Pick<CommandDesk, 'send' | 'cancel'>;
  tokens: Pick<AdminTokens, 'identity'>;
  policies: { of(document: DeviceDocument): Policy };
  share: { nodes(): readonly string[]; isShared: boolean };
  node: string;
  metrics: Pick<Metrics, 'scheduleRun'>;
  clock: Clock;
  log: Logger;
}

/** The schedules. In a cluster, the instance with the first name executes them. */
export function openSchedules({ runs, store, devices, desk, tokens, policies, share, node, ...deps }: Deps) {
  const { audit, metrics, clock, log } = deps;
  const scheduleStore = new ScheduleStore(store, clock, () => runner.soon());
  const calendar = new Calendar(new WallTime());
  const targets = new Targets({ devices, policies, local: new LocalTime() });
  const identity = tokens.identity.bind(tokens);
  const execution = new Execution({
    store,
    runs,
    targets,
    send: (request, by) => desk.send(request, by, null, true),
    cancel: (commandId) => desk.cancel(commandId),
    audit,
    metrics,
    clock,
    log,
  });
  const isLeader = () => leads(node, share.nodes());
  const runner = new Runner({ scheduleStore, calendar, targets, execution, identity, isLeader, audit, clock, log });
  let stopReloads = () => {};

  return {
    schedules: new Schedules({ scheduleStore, calendar, targets, runs, devices, identity, clock }),
    async start(): Promise<void> {
      await scheduleStore.load();
      runner.start();
      if (share.isShared) stopReloads = repeat(clock, RELOAD_MS, () => void scheduleStore.load().catch(() => {}));
    },
    async stop(): Promise<void> {
      stopReloads();
      await runner.stop();
    },
  };
}
