import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RunLog, StoredRun } from '../ports/schedule-runs.ts';
import type { StateStore } from '../ports/state-store.ts';
import { type Wall, wallText } from '../ports/wall-time.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandSummary } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { ON_TIME_MS, type RunStatus, type ZoneRun } from '../protocol/schedules.ts';
import type { StoredSchedule } from './schedule-store.ts';
import type { Targets } from './targets.ts';

/** A time zone in which a run is due. */
export interface Due {
  zone: string;
  at: number;
}

export interface ExecutionDeps {
  store: StateStore;
  runs: Pick<RunLog, 'deviceIds'>;
  targets: Targets;
  /**
   * Sends to each of these devices, even if others already have a command with this id. No device gets it twice (SPEC
   * C2).
   */
  send(request: SendCommand, by: Identity): Promise<CommandSummary[]>;
  cancel(commandId: string): Promise<unknown>;
  audit: Audit;
  metrics: Pick<Metrics, 'scheduleRun'>;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
}

const CHUNK = 100;
const RETRY_MS = 2000;
const DEFAULT_WITHIN_MS = 3_600_000;

/** How late a run may start. */
export const limitOf = ({ missed, withinMs }: Pick<StoredSchedule, 'missed' | 'withinMs'>): number =>
  missed === 'once' ? (withinMs ?? DEFAULT_WITHIN_MS) : ON_TIME_MS;

/** Equal on every instance and after every restart. */
export const runIdOf = (schedule: { id: string }, wall: Wall): string =>
  `${schedule.id}.${wallText(wall).replaceAll(/[-:]/g, '')}`;

type Devices = Map<string, DeviceDocument[]>;

/**
 * Executes runs. The start of a run is recorded before anything is sent, and each command id is derived from the run
 * and the device. So after a crash between any two steps another execution continues with the remaining devices.
 */
export class Execution {
  readonly #deps: ExecutionDeps;

  constructor(deps: ExecutionDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with false if the run must be tried again. If `isOurs` turns false, another instance continues; if
   * `isWanted` turns false, no further device gets the command. `knowsAll`: this instance has executed all runs since
   * this one was due.
   */
  async run(
    schedule: StoredSchedule,
    wall: Wall,
    dues: readonly Due[],
    by: Identity,
    on: { isOurs(): boolean; isWanted(): boolean; knowsAll: boolean },
  ): Promise<boolean> {
    const { store, clock, log } = this.#deps;
    const id = runIdOf(schedule, wall);
    const stored = await store.find<StoredRun>('schedule-runs', id).catch((err) => {
      log.warn({ err, id }, 'cannot read whether the schedule has already run');
      return undefined;
    });
    // An instance that has been the leader all the time knows that the run did not start.
    if (!stored && !on.knowsAll) return false;
    const [before] = stored ?? [];
    const run: StoredRun = before ?? {
      id,
      scheduleId: schedule.id,
      local: wallText(wall),
      command: schedule.command,
      zones: [],
    };
    const now = clock.wall();
    const isLate = ({ at }: Due) => now - at > limitOf(schedule);
    const isOpen = (due: Due) => {
      const status = run.zones.find((it) => it.timeZone === due.zone)?.status ?? 'running';
      // The clock was ahead when it was recorded as missed.
      return status === 'running' || (status === 'missed' && !isLate(due));
    };
    const open = dues.filter(isOpen);
    if (open.length === 0) return true;

    const devices = this.#devicesIn(schedule, open);
    this.#missed(schedule, run, open.filter(isLate), devices);
    const onTime = open.filter((due) => !isLate(due));
    const sent = before ? await this.#sentTo(id) : new Set<string>();
    if (!sent) return false;
    return this.#send(schedule, run, onTime, devices, sent, by, on);
  }

  #devicesIn(schedule: StoredSchedule, dues: readonly Due[]): Devices {
    const zones: Devices = new Map(dues.map(({ zone }) => [zone, []]));
    for (const { document, zone } of this.#deps.targets.of(schedule, this.#deps.clock.wall())) {
      zones.get(zone)?.push(document);
    }
    return zones;
  }

  #missed(schedule: StoredSchedule, run: StoredRun, late: readonly Due[], devices: Devices): void {
    const found = late.flatMap((due): ZoneRun[] => {
      const begun = run.zones.find((it) => it.timeZone === due.zone);
      if (begun) return [{ ...begun, status: 'interrupted' }];
      const count = devices.get(due.zone)?.length ?? 0;
      return count > 0 ? [{ ...zoneRun(due), status: 'missed', devices: count }] : [];
    });
    if (found.length === 0) return;
    this.#put(run, found);
    this.#report(schedule, run, found);
  }

  async #send(
    schedule: StoredSchedule,
    run: StoredRun,
    dues: readonly Due[],
    devices: Devices,
    sent: ReadonlySet<string>,
    by: Identity,
    on: { isOurs(): boolean; isWanted(): boolean },
  ): Promise<boolean> {
    const { clock, store } = this.#deps;
    const parts = dues.flatMap((due) => {
      const meant = devices.get(due.zone) ?? [];
      const begun = run.zones.find((it) => it.timeZone === due.zone && it.status === 'running');
      if (meant.length === 0 && !begun) return [];
      const left = meant.filter((it) => !sent.has(it.id));
      const count = Math.max(meant.length, begun?.devices ?? 0);
      const startedAt = begun?.startedAt ?? new Date(clock.wall()).toISOString();
      return [{ due, left, zone: { ...zoneRun(due), startedAt, status: 'running' as RunStatus, devices: count } }];
    });
    if (parts.length === 0) return true;
    this.#put(
      run,
      parts.map(({ zone }) => zone),
    );
    // Without a database the run continues.
    if (store.healthy) await store.committed().catch(() => {});
    for (const { due, left, zone } of parts) {
      const refused = await this.#sendTo(schedule, run.id, due, left, by, on);
      if (refused === 'not ours') return false;
      const isCut = refused.has('interrupted');
      refused.delete('interrupted');
      zone.status = isCut ? 'interrupted' : 'done';
      if (refused.size > 0) Object.assign(zone, { refused: Object.fromEntries(refused) });
    }
    const zones = parts.map(({ zone }) => zone);
    this.#put(run, zones);
    if (store.healthy) await store.committed().catch(() => {});
    this.#report(schedule, run, zones);
    return true;
  }

  /** Counts refusals by error code; `interrupted`: some devices were not sent the command. */
  async #sendTo(
    schedule: StoredSchedule,
    runId: string,
    { at }: Due,
    documents: readonly DeviceDocument[],
    by: Identity,
    on: { isOurs(): boolean; isWanted(): boolean },
  ): Promise<Map<string, number> | 'not ours'> {
    const { clock, send } = this.#deps;
    const { command, params, force } = schedule;
    const refused = new Map<string, number>();
    const end = at + limitOf(schedule);
    for (let left = documents; left.length > 0; ) {
      const unreached: DeviceDocument[] = [];
      for (let i = 0; i < left.length; i += CHUNK) {
        if (!on.isOurs()) return 'not ours';
        if (!on.isWanted()) return refused.set('interrupted', 1);
        const chunk = left.slice(i, i + CHUNK);
        await this.#cancelEarlier(schedule, runId, chunk);
        const deviceIds = chunk.map(({ id }) => id);
        // An offline device gets the command when it returns, within the limit.
        const ttlMs = Math.min(limitOf(schedule), Math.max(1000, end - clock.wall()));
        const request = {
          deviceIds,
          command,
          commandId: runId,
          ttlMs,
          ...(params && { params }),
          ...(force && { force }),
        };
        const answers = await send(request, by);
        for (const { deviceId, error } of answers) {
          const document = chunk.find(({ id }) => id === deviceId);
          if (error?.code === 'unavailable' && document) unreached.push(document);
          else if (error) refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
        }
      }
      if (unreached.length > 0 && clock.wall() + RETRY_MS > end) return refused.set('unavailable', unreached.length);
      if (unreached.length > 0) await new Promise((resolve) => clock.setTimeout(resolve, RETRY_MS));
      left = unreached;
    }
    return refused;
  }

  /** An offline device gets only the last of the runs that it missed. */
  async #cancelEarlier({ id }: StoredSchedule, runId: string, documents: readonly DeviceDocument[]): Promise<void> {
    const waiting = documents.flatMap(({ commands }) =>
      Object.entries(commands).flatMap(([commandId, { status }]) =>
        status === 'queued' && commandId.startsWith(`${id}.`) && !commandId.startsWith(`${runId}:`) ? commandId : [],
      ),
    );
    await Promise.all(waiting.map((commandId) => this.#deps.cancel(commandId).catch(() => {})));
  }

  /** Undefined if the history cannot be read now. */
  async #sentTo(runId: string): Promise<Set<string> | undefined> {
    const { runs, log } = this.#deps;
    try {
      return await runs.deviceIds(runId);
    } catch (err) {
      log.warn({ err, id: runId }, 'cannot read which devices have already been sent the command');
      return undefined;
    }
  }

  #put(run: StoredRun, zones: readonly ZoneRun[]): void {
    const others = run.zones.filter(({ timeZone }) => !zones.some((it) => it.timeZone === timeZone));
    run.zones = [...others, ...zones.map((it) => ({ ...it }))];
    this.#deps.store.put('schedule-runs', run.id, { ...run });
  }

  #report(schedule: StoredSchedule, run: StoredRun, zones: readonly ZoneRun[]): void {
    const { audit, log, metrics } = this.#deps;
    const outcome = zones.find(({ status }) => status !== 'done')?.status ?? 'ok';
    const refused = zones.flatMap((it) => Object.values(it.refused ?? {})).reduce((sum, it) => sum + it, 0);
    const details = {
      id: schedule.id,
      runId: run.id,
      command: run.command,
      timeZones: zones.map(({ timeZone }) => timeZone).slice(0, 10),
      devices: zones.reduce((sum, it) => sum + it.devices, 0),
      ...(refused > 0 && { refused }),
    };
    audit.record({ actor: actorOf(schedule), kind: 'schedule.run', outcome, details });
    metrics.scheduleRun(outcome === 'ok' ? 'done' : (outcome as 'missed' | 'interrupted'));
    log.info({ ...details, schedule: schedule.name, outcome }, 'schedule run');
  }
}

/** Commands of a schedule count as commands of a person (SPEC G4). */
export const actorOf = ({ name }: { name: string }): string => `schedule ${name}`;

const zoneRun = ({ zone, at }: Due) => ({ timeZone: zone, at: new Date(at).toISOString() });
