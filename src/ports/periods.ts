/**
 * From this time on, the device has the state in `row`, until the next boundary of the same kind. Null ends a period
 * without starting another. Times are milliseconds since the epoch; `group` is `''` for devices without a group.
 */
export interface Boundary<Row> {
  at: number;
  row: (Row & { group: string }) | null;
}

export interface Boundaries {
  connection?: Boundary<{ status: string; reason: string | null; node: string | null }>;
  onAir?: Boundary<{ status: string; why: string }>;
  playback?: Boundary<{ item: string; playlist: string }>;
}

export type PeriodKind = keyof Boundaries;

/**
 * Records the periods that a device spends in each state. Never blocks: boundaries are written within a second, and the
 * backlog is bounded if writing fails.
 */
export interface Periods {
  /** Call it in the order of events. */
  add(deviceId: string, boundaries: Boundaries): void;
  /** Boundaries waiting to be written. */
  readonly backlog: number;
  /** Boundaries dropped because the backlog of their device was full. */
  readonly dropped: number;
}
