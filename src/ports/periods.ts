/**
 * From one moment on a device is so, until its next boundary of that kind; null: from then on there is nothing to tell.
 * Times are milliseconds since the epoch; `group` is '' where the device is in none.
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

/** Keeps how long each device was what. Never waits: it is written within a second, and bounded while it cannot be. */
export interface Periods {
  /** In the order in which they are told. */
  add(deviceId: string, boundaries: Boundaries): void;
  /** Boundaries that wait to be written. */
  readonly backlog: number;
  /** Boundaries that were given up, because too many of their device waited. */
  readonly dropped: number;
}
