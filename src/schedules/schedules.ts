import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';
import type { RunLog, StoredRun } from '../ports/schedule-runs.ts';
import type { Identity } from '../protocol/admin.ts';
import { checkParams } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { readFilter } from '../protocol/filter/read.ts';
import { checkDeclared } from '../protocol/param-schemas.ts';
import {
  NewSchedule,
  ON_TIME_MS,
  PREVIEWED_RUNS,
  type Schedule,
  type ScheduleEdit,
  type SchedulePreview,
  type ScheduleRun,
  type ScheduleTarget,
  type ZonePlan,
} from '../protocol/schedules.ts';
import { parse } from '../protocol/schema.ts';
import type { Calendar } from './calendar.ts';
import { limitOf } from './execution.ts';
import { Recurrence } from './recurrence.ts';
import type { ScheduleStore, StoredSchedule } from './schedule-store.ts';
import type { Meant, Targets } from './targets.ts';

/** What a token may see and command. */
interface View {
  readonly groups: readonly string[] | undefined;
  hasGroup(name: string): boolean;
  knows(deviceId: string): boolean;
}

interface Deps {
  scheduleStore: ScheduleStore;
  calendar: Calendar;
  targets: Targets;
  runs: RunLog;
  devices: { get(id: string): unknown };
  identity(tokenId: string): Identity | undefined;
  clock: Pick<Clock, 'wall'>;
}

interface Counted {
  at: number;
  zones: Map<string, number>;
  recurrence: Recurrence;
}

const MAX_ZONES = 50;
/** How long the number of target devices is cached for lists. */
const COUNTED_MS = 30_000;
/** A run ends within this time after its limit. */
const RUN_MS = 10 * ON_TIME_MS;

/** The operations on schedules for REST. */
export class Schedules {
  readonly #deps: Deps;
  readonly #known = new WeakMap<StoredSchedule, Counted>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * The next runs in the time zones of the target devices.
   * @throws VigiaError `invalid_payload`
   */
  preview({ start, rrule, timeZone, target = { all: true } }: SchedulePreview, view: View): ZonePlan[] {
    this.#checkTarget(target, view);
    const recurrence = new Recurrence(start, rrule);
    return this.#plan(recurrence, this.#zonesOf({ target, timeZone, groups: view.groups }), PREVIEWED_RUNS);
  }

  async list(view: View): Promise<Schedule[]> {
    const known = this.#deps.scheduleStore.all().filter((it) => sees(view, it));
    const runs = await this.#lastRuns(known);
    const shown: Schedule[] = [];
    for (const it of known) {
      // Each may be a pass over the whole fleet.
      await setImmediate();
      shown.push(this.#shown(it, runs.get(it.id)));
    }
    return shown;
  }

  async get(id: string, view: View): Promise<Schedule | undefined> {
    const known = this.#find(id, view);
    return known && this.#shownWithRun(known);
  }

  /**
   * @throws VigiaError `invalid_payload`, `command_unknown`, `command_invalid`, `device_unknown`, `forbidden`,
   * `conflict`, `unavailable`
   */
  async create(wanted: NewSchedule, by: Identity, view: View): Promise<Schedule> {
    this.#checkAll(wanted, view, wanted.enabled);
    return this.#shownWithRun(await this.#deps.scheduleStore.create(wanted, by));
  }

  /**
   * Undefined if the schedule does not exist. It gets the rights of `by`.
   * @throws VigiaError as `create`
   */
  async edit(id: string, edit: ScheduleEdit, by: Identity, view: View): Promise<Schedule | undefined> {
    await this.#deps.scheduleStore.refresh(id);
    const known = this.#find(id, view);
    if (!known) return undefined;
    const changes = Object.entries(edit).map(([key, value]) => [key, value ?? undefined]);
    const merged = { ...contentOf(known), ...Object.fromEntries(changes) };
    if (merged.missed === 'skip' && edit.withinMs === undefined) merged.withinMs = undefined;
    const wanted = parse(NewSchedule, merged);
    const isAnew = Object.keys(edit).some((key) => key !== 'name');
    this.#checkAll(wanted, view, isAnew && wanted.enabled);
    return this.#shownWithRun(await this.#deps.scheduleStore.replace(known, wanted, by, isAnew));
  }

  /**
   * Returns the removed schedule; undefined if it did not exist.
   * @throws VigiaError `unavailable`
   */
  async remove(id: string, view: View): Promise<{ name: string } | undefined> {
    const known = this.#find(id, view);
    if (known) await this.#deps.scheduleStore.remove(id);
    return known;
  }

  /** Newest first. Undefined if the schedule does not exist. */
  async runsOf(id: string, limit: number, view: View): Promise<ScheduleRun[] | undefined> {
    const known = this.#find(id, view);
    if (!known) return undefined;
    const { runs } = this.#deps;
    const found = await runs.list(id, limit);
    const outcomes = await runs.outcomes(found.map((run) => run.id));
    return found.map((run) => this.#shownRun(known, run, outcomes.get(run.id) ?? {}));
  }

  #find(id: string, view: View): StoredSchedule | undefined {
    const known = this.#deps.scheduleStore.get(id);
    return known && sees(view, known) ? known : undefined;
  }

  #checkAll(wanted: NewSchedule, view: View, mustRun: boolean): void {
    this.#checkTarget(wanted.target, view);
    const params = checkParams(wanted.command, wanted.params);
    const meant = { ...wanted, groups: view.groups };
    checkDeclared(wanted.command, params, this.#documentsOf(meant));
    const recurrence = new Recurrence(wanted.start, wanted.rrule);
    if (!mustRun || this.#plan(recurrence, this.#zonesOf(meant), 1).some(({ runs }) => runs.length > 0)) return;
    const path = wanted.rrule === undefined ? 'start' : 'rrule';
    throw new VigiaError('invalid_payload', undefined, [{ path, message: 'It has no further runs.' }]);
  }

  #checkTarget(target: ScheduleTarget, view: View): void {
    if ('filter' in target) readFilter('target.filter', target.filter);
    if ('groups' in target && !target.groups.every((it) => view.hasGroup(it)))
      throw new VigiaError('forbidden', 'Name the groups that your token is for.');
    if (!('deviceIds' in target)) return;
    const unknown = target.deviceIds.filter((id) => !this.#deps.devices.get(id) || !view.knows(id));
    if (unknown.length > 0)
      throw new VigiaError('device_unknown', `There is no device ${unknown.slice(0, 5).join(', ')}.`);
  }

  *#documentsOf(meant: Meant): Generator<DeviceDocument> {
    for (const { document } of this.#deps.targets.of(meant, this.#deps.clock.wall())) yield document;
  }

  #zonesOf(meant: Meant): Map<string, number> {
    return this.#deps.targets.zones(meant, this.#deps.clock.wall());
  }

  /** Most devices first. Without devices, as if there were one in UTC. */
  #plan(recurrence: Recurrence, zones: ReadonlyMap<string, number>, count: number, none = 'UTC'): ZonePlan[] {
    const { calendar, clock } = this.#deps;
    const all = zones.size > 0 ? [...zones] : [[none, 0] as const];
    return all
      .sort(([zoneA, a], [zoneB, b]) => b - a || (zoneA < zoneB ? -1 : 1))
      .slice(0, MAX_ZONES)
      .map(([timeZone, devices]) => ({
        timeZone,
        devices,
        runs: calendar.plan(recurrence, timeZone, clock.wall(), count),
      }));
  }

  async #shownWithRun(schedule: StoredSchedule): Promise<Schedule> {
    return this.#shown(schedule, (await this.#lastRuns([schedule])).get(schedule.id));
  }

  /** If the database is down, the rest is shown. */
  #lastRuns(schedules: readonly StoredSchedule[]): Promise<Map<string, StoredRun>> {
    return this.#deps.runs.last(schedules.map(({ id }) => id)).catch(() => new Map());
  }

  #shown(schedule: StoredSchedule, last: StoredRun | undefined): Schedule {
    const { tokenId, groups: _, from: __, ...facts } = schedule;
    const { zones, recurrence } = this.#counted(schedule);
    const next = this.#plan(recurrence, zones, 1, schedule.timeZone).flatMap((it) => it.runs.map(({ at }) => at));
    const isStopped = this.#deps.identity(tokenId) === undefined;
    const nextAt = schedule.enabled && !isStopped ? (next.sort()[0] ?? null) : null;
    const stopped = isStopped ? 'token_removed' : next.length === 0 ? 'finished' : undefined;
    return {
      ...withoutUndefined(facts),
      devices: [...zones.values()].reduce((sum, it) => sum + it, 0),
      nextAt,
      ...(stopped && { stopped }),
      ...(last && { lastRun: this.#shownRun(schedule, last, undefined) }),
    };
  }

  #counted(schedule: StoredSchedule): Counted {
    const now = this.#deps.clock.wall();
    const known = this.#known.get(schedule);
    if (known && Math.abs(now - known.at) < COUNTED_MS) return known;
    const recurrence = known?.recurrence ?? new Recurrence(schedule.start, schedule.rrule);
    const counted = { at: now, zones: this.#zonesOf(schedule), recurrence };
    this.#known.set(schedule, counted);
    return counted;
  }

  /** A run that is still `running` long after its limit was cut off by a crash. */
  #shownRun(schedule: StoredSchedule, run: StoredRun, outcomes: Record<string, number> | undefined): ScheduleRun {
    const { scheduleId: _, ...facts } = run;
    const over = this.#deps.clock.wall() - limitOf(schedule) - RUN_MS;
    const zones = run.zones.map((it) =>
      it.status === 'running' && Date.parse(it.at) < over ? { ...it, status: 'interrupted' as const } : it,
    );
    return { ...facts, zones, ...(outcomes && { outcomes }) };
  }
}

/** A token with groups sees the schedules that can only reach its groups. */
function sees({ groups }: View, { target, groups: rights }: StoredSchedule): boolean {
  if (!groups) return true;
  const isIn = (some: readonly string[] | undefined) => some?.every((it) => groups.includes(it)) === true;
  return isIn(rights) || ('groups' in target && isIn(target.groups));
}

function contentOf(schedule: StoredSchedule): NewSchedule {
  const { id: _, createdAt: __, createdBy: ___, changedAt, changedBy, tokenId, groups, from, ...content } = schedule;
  return content;
}

const withoutUndefined = <T extends object>(it: T) =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
