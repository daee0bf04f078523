import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Wall } from '../ports/wall-time.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Calendar } from './calendar.ts';
import { actorOf, type Due, type Execution } from './execution.ts';
import { Recurrence } from './recurrence.ts';
import type { ScheduleStore, StoredSchedule } from './schedule-store.ts';
import type { Targets } from './targets.ts';

export interface RunnerDeps {
  scheduleStore: ScheduleStore;
  calendar: Calendar;
  targets: Pick<Targets, 'fleetZones'>;
  execution: Pick<Execution, 'run'>;
  /** The identity of a token; undefined if the token was removed or has expired. */
  identity(tokenId: string): Identity | undefined;
  /** One instance executes all schedules. */
  isLeader(): boolean;
  audit: Audit;
  clock: Clock;
  log: Pick<Logger, 'error' | 'warn'>;
}

interface Entry {
  schedule: StoredSchedule;
  recurrence: Recurrence;
  /** Runs that were due before do not count. */
  from: number;
  /** The next run in each time zone. */
  nextAt: Map<string, number>;
}

/** The clock may be set, a new time zone may appear, and the leader may change. */
const LOOK_MS = 1000;
/** Whatever goes wrong, the looks do not keep the event loop busy. */
const LEAST_WAIT_MS = 50;
/** A smaller step of the wall clock makes no difference. */
const SET_MS = 1000;
const ZONES_MS = 10_000;
const RETRY_MS = 2000;
/** Older runs are not even recorded as missed, because records of runs are not kept for ever. */
export const OLDEST_MS = 7 * 86_400_000;
const LOOKS_A_TURN = 50;
const STOP_MS = 1000;

/** Starts the runs that are due, per time zone. */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #entries = new Map<string, Entry>();
  /** The runs of one schedule are executed one after the other. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopped = new Set<string>();
  #zones: { at: number; all: Set<string> } = { at: Number.NEGATIVE_INFINITY, all: new Set() };
  #leaderSince: number | undefined;
  /** Of the wall clock to the monotonic one, at the last look. */
  #offset = 0;
  #timer: unknown;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.soon();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#deps.clock.clearTimeout(this.#timer);
    const running = Promise.all([this.#looking, ...this.#running.values()]);
    // A run that is cut off here continues after the restart, or on another instance.
    await withTimeout(this.#deps.clock, STOP_MS, running, () => {});
  }

  /** Call this when schedules, devices or the leader may have changed. */
  soon(): void {
    this.#arm(0);
  }

  #arm(ms: number): void {
    if (this.#isStopped) return;
    const { clock, log } = this.#deps;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.#looking ??= this.#look()
        .catch((err) => log.error({ err }, 'the schedules could not be evaluated'))
        .finally(() => {
          this.#looking = undefined;
          this.#arm(this.#wait());
        });
    }, ms);
  }

  #wait(): number {
    const now = this.#deps.clock.wall();
    let next = now + LOOK_MS;
    for (const { nextAt } of this.#entries.values()) for (const at of nextAt.values()) next = Math.min(next, at);
    return Math.max(LEAST_WAIT_MS, next - now);
  }

  /** If the wall clock was set, the next runs are others, and what ran until then is only known from the records. */
  #checkClock(): void {
    const { clock } = this.#deps;
    const now = clock.now();
    const offset = clock.wall(now) - now;
    if (Math.abs(offset - this.#offset) > SET_MS) {
      this.#entries.clear();
      this.#leaderSince = undefined;
    }
    this.#offset = offset;
  }

  async #look(): Promise<void> {
    const { scheduleStore, clock, isLeader, log } = this.#deps;
    this.#checkClock();
    if (!isLeader()) {
      this.#entries.clear();
      this.#leaderSince = undefined;
      return;
    }
    this.#leaderSince ??= clock.wall();
    const schedules = scheduleStore.all().filter((it) => it.enabled && this.#hasRights(it));
    const ids = new Set(schedules.map(({ id }) => id));
    for (const id of this.#entries.keys()) if (!ids.has(id)) this.#entries.delete(id);
    let looks = 0;
    for (const schedule of schedules) {
      try {
        // Time zones with the same local time share a run.
        const dues = new Map<Wall, Due[]>();
        for (const zone of this.#zonesOf(schedule)) {
          if (!this.#isTime(schedule, zone, dues)) continue;
          if (++looks % LOOKS_A_TURN === 0) await setImmediate();
          if (this.#isStopped) return;
        }
        for (const [wall, due] of dues) this.#begin(schedule, wall, due);
      } catch (err) {
        log.error({ err, id: schedule.id }, 'a schedule could not be evaluated');
      }
    }
  }

  #zonesOf(schedule: StoredSchedule): Set<string> {
    const zones = schedule.timeZone ? new Set([schedule.timeZone]) : this.#fleetZones();
    const { nextAt } = this.#entryOf(schedule);
    for (const zone of nextAt.keys()) if (!zones.has(zone)) nextAt.delete(zone);
    return zones;
  }

  #isTime(schedule: StoredSchedule, zone: string, dues: Map<Wall, Due[]>): boolean {
    const { calendar, clock } = this.#deps;
    const { recurrence, from, nextAt } = this.#entryOf(schedule);
    const now = clock.wall();
    if ((nextAt.get(zone) ?? now) > now) return false;
    const last = calendar.last(recurrence, zone, now);
    nextAt.set(zone, calendar.next(recurrence, zone, now)?.at ?? Number.POSITIVE_INFINITY);
    if (last && last.at > from && last.at > now - OLDEST_MS) {
      dues.set(last.wall, [...(dues.get(last.wall) ?? []), { zone, at: last.at }]);
    }
    return true;
  }

  #begin(schedule: StoredSchedule, wall: Wall, dues: readonly Due[]): void {
    const before = this.#running.get(schedule.id) ?? Promise.resolve();
    const running = before.then(() => this.#run(schedule, wall, dues));
    this.#running.set(schedule.id, running);
    void running.then(() => {
      if (this.#running.get(schedule.id) === running) this.#running.delete(schedule.id);
    });
  }

  async #run(schedule: StoredSchedule, wall: Wall, dues: readonly Due[]): Promise<void> {
    const { scheduleStore, execution, identity, isLeader, clock, log } = this.#deps;
    const isOurs = () => {
      const isStill = isLeader();
      // Another instance may execute runs now.
      if (!isStill) this.#leaderSince = undefined;
      return isStill && !this.#isStopped;
    };
    const isWanted = () => {
      const it = scheduleStore.get(schedule.id);
      return it?.enabled === true && it.from === schedule.from && identity(it.tokenId) !== undefined;
    };
    const by = identity(schedule.tokenId);
    if (!by || !isWanted()) return;
    const since = this.#leaderSince ?? Number.POSITIVE_INFINITY;
    const knowsAll = dues.every(({ at }) => at > since);
    // The clock may have been set back meanwhile.
    const isDue = dues.every(({ at }) => at <= clock.wall());
    try {
      const on = { isOurs, isWanted, knowsAll };
      if (isDue && isOurs() && (await execution.run(schedule, wall, dues, { ...by, name: actorOf(schedule) }, on)))
        return;
    } catch (err) {
      log.warn({ err, id: schedule.id }, 'a schedule could not run; it is tried again');
    }
    if (this.#isStopped) return;
    clock.setTimeout(() => {
      const { nextAt } = this.#entries.get(schedule.id) ?? {};
      for (const { zone } of dues) nextAt?.delete(zone);
      this.soon();
    }, RETRY_MS);
  }

  #entryOf(schedule: StoredSchedule): Entry {
    const known = this.#entries.get(schedule.id);
    if (known?.schedule === schedule) return known;
    // If it was changed while the clock was ahead, the runs from now on count.
    const from = Math.min(Date.parse(schedule.from), this.#deps.clock.wall());
    const entry = { schedule, from, recurrence: new Recurrence(schedule.start, schedule.rrule), nextAt: new Map() };
    this.#entries.set(schedule.id, entry);
    return entry;
  }

  /** A schedule without its token stops; this is reported once. */
  #hasRights(schedule: StoredSchedule): boolean {
    const { identity, audit, log } = this.#deps;
    const { id, name, changedBy } = schedule;
    if (identity(schedule.tokenId)) {
      this.#stopped.delete(id);
      return true;
    }
    if (!this.#stopped.has(id)) {
      this.#stopped.add(id);
      log.warn({ id, schedule: name, changedBy }, 'a schedule has stopped: the token that it ran with is gone');
      const details = { id, changedBy };
      audit.record({ actor: actorOf(schedule), kind: 'schedule.stopped', outcome: 'unauthorized', details });
    }
    return false;
  }

  #fleetZones(): Set<string> {
    const now = this.#deps.clock.now();
    if (now - this.#zones.at >= ZONES_MS) this.#zones = { at: now, all: this.#deps.targets.fleetZones() };
    return this.#zones.all;
  }
}
