import type { PeriodKind } from './periods.ts';

/** Times are milliseconds since the epoch; from ≤ t < to. */
export interface StatisticsQuery {
  from: number;
  to: number;
  /** Only events while the device was in this group. */
  group?: string | undefined;
  /** Only events while the device was in one of these groups. */
  groups?: readonly string[] | undefined;
  /** Only events of this device. */
  device?: string | undefined;
  /** The days to sum up; undefined: those in UTC, for which sums are stored. Others lack commands that have expired. */
  days?: readonly DaySpan[] | undefined;
  /** Pagination of devices by id: `limit` devices after this one. */
  after?: string | undefined;
  limit: number;
}

/** A day of some time zone, or the part of it that is asked for. */
export interface DaySpan {
  day: string;
  from: number;
  to: number;
}

/** Sums of a device, a group, a day, or everything. A share is null if its denominator is 0. */
export interface Summary {
  uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null };
  disconnections: { count: number; reasons: Record<string, number> };
  /** `share`: of the total time, including unknown time. */
  onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null };
  /** Durations of sent commands, in ms. Percentiles are accurate to 25 %. */
  commands: {
    count: number;
    byStatus: Record<string, number>;
    meanMs: number | null;
    p50Ms: number | null;
    p95Ms: number | null;
    maxMs: number | null;
  };
}

/** Longest first. Null if the player did not report it. */
export interface Playback {
  item: string | null;
  playlist: string | null;
  ms: number;
}

export interface StatisticsResult {
  total: Summary & { devices: number; playback: Playback[] };
  days: (Summary & { day: string })[];
  /** `group` is null for devices without a group. */
  groups: (Summary & { group: string | null; devices: number })[];
  devices: (Summary & { deviceId: string; playback: Playback[] })[];
  /** Whether more devices follow. */
  more: boolean;
}

/**
 * A period in which the device's state did not change; `to` is null if it has not ended. Fields that do not apply to
 * the kind are absent.
 */
export interface Period {
  from: number;
  to: number | null;
  group?: string;
  status?: string;
  reason?: string;
  why?: string;
  item?: string;
  playlist?: string;
}

/**
 * Periods that overlap the range, oldest first; the newest ones if there are more than `limit`.
 * @throws VigiaError `unavailable`
 */
export type DevicePeriods = (query: {
  deviceId: string;
  kind: PeriodKind;
  from: number;
  to: number;
  limit: number;
}) => Promise<Period[]>;

export interface Statistics {
  periodsOf: DevicePeriods;
  /** @throws VigiaError `unavailable` if the database cannot be read */
  summarize(query: StatisticsQuery): Promise<StatisticsResult>;
}
