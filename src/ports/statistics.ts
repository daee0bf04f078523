import type { PeriodKind } from './periods.ts';

/** Times are milliseconds since the epoch; from ≤ t < to. */
export interface StatisticsQuery {
  from: number;
  to: number;
  /** Only what happened while a device was in this group. */
  group?: string | undefined;
  /** Only what happened while a device was in one of these. */
  groups?: readonly string[] | undefined;
  /** Only what happened to this device. */
  device?: string | undefined;
  /** Devices by id: those after this one, so many. */
  after?: string | undefined;
  limit: number;
}

/** Sums of a device, a group, a day, or all. A share is null where there is nothing to divide by. */
export interface Summary {
  uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null };
  disconnections: { count: number; reasons: Record<string, number> };
  /** `share`: of all the time, what nobody knows included. */
  onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null };
  /** Durations are those of the commands that were sent, ms; the percentiles are right to a quarter. */
  commands: {
    count: number;
    byStatus: Record<string, number>;
    meanMs: number | null;
    p50Ms: number | null;
    p95Ms: number | null;
    maxMs: number | null;
  };
}

/** The longest first. Null where the player did not say. */
export interface Playback {
  item: string | null;
  playlist: string | null;
  ms: number;
}

export interface StatisticsResult {
  total: Summary & { devices: number; playback: Playback[] };
  days: (Summary & { day: string })[];
  /** `group` is null for devices in none. */
  groups: (Summary & { group: string | null; devices: number })[];
  devices: (Summary & { deviceId: string; playback: Playback[] })[];
  /** Are there devices after these? */
  more: boolean;
}

/** From when to when a device was so; `to` is null for what goes on. What its kind does not tell is left out. */
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

/** Those that have a part in the span, oldest first; of more than `limit`, the newest. @throws VigiaError `unavailable` */
export type DevicePeriods = (query: {
  deviceId: string;
  kind: PeriodKind;
  from: number;
  to: number;
  limit: number;
}) => Promise<Period[]>;

export interface Statistics {
  periodsOf: DevicePeriods;
  /** @throws VigiaError `unavailable` while the home is away */
  summarize(query: StatisticsQuery): Promise<StatisticsResult>;
}
