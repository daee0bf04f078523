import type { ScheduleRun } from '../protocol/schedules.ts';

/** A run as stored. The outcomes of its commands are counted on request. */
export interface StoredRun extends Omit<ScheduleRun, 'outcomes'> {
  scheduleId: string;
}

/** All recorded runs, including those of other instances. @throws VigiaError `unavailable` */
export interface RunLog {
  /** Newest first. */
  list(scheduleId: string, limit: number): Promise<StoredRun[]>;
  /** The newest run of each schedule that has any, by the id of the schedule. */
  last(scheduleIds: readonly string[]): Promise<Map<string, StoredRun>>;
  /** The number of commands of each run by status. */
  outcomes(runIds: readonly string[]): Promise<Map<string, Record<string, number>>>;
  /** The devices that have a command of this run. */
  deviceIds(runId: string): Promise<Set<string>>;
}
