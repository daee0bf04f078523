/**
 * Connection stability over the last hour (SPEC W11). A device that connects for ten seconds every four minutes is
 * never offline for long, yet useless. Pure rules. Times are milliseconds of a monotonic clock.
 */
export interface Stability {
  /** Times of disconnection, oldest first. */
  readonly losses: readonly number[];
  /** Periods of connection, oldest first. */
  readonly spans: readonly (readonly [from: number, to: number])[];
  /** Start of the current connection. */
  readonly onlineSince: number | undefined;
}

const HOUR_MS = 3600_000;
const MAX_KEPT = 500;
/**
 * Losses per hour at which a device becomes unstable, and below which it is stable again. In between, nothing changes.
 */
export const UNSTABLE_LOSSES = 6;
export const STEADY_LOSSES = 2;

export const noLosses: Stability = { losses: [], spans: [], onlineSince: undefined };

/** @param since start of the connection */
export function lost({ losses, spans, onlineSince }: Stability, since: number, at: number): Stability {
  const all = [...spans, [onlineSince ?? Math.min(since, at), at] as const];
  return {
    losses: [...losses.filter((it) => at - it < HOUR_MS), at].slice(-MAX_KEPT),
    // The absence after a period counts, too: it is kept until the next one began an hour ago.
    spans: all.filter((_, i) => at - (all[i + 1]?.[0] ?? at) < HOUR_MS).slice(-MAX_KEPT),
    onlineSince: undefined,
  };
}

export const connectedAgain = (stability: Stability, at: number): Stability => ({ ...stability, onlineSince: at });

export interface Assessment {
  /** In the last hour. */
  losses: number;
  /** Share of the last hour with a connection, as far back as is known. */
  availability: number;
  /** Undefined between the two thresholds: keep the previous assessment. */
  isUnstable: boolean | undefined;
}

export function assess({ losses, spans, onlineSince }: Stability, at: number): Assessment {
  const count = losses.filter((it) => at - it < HOUR_MS).length;
  const from = Math.max(at - HOUR_MS, spans[0]?.[0] ?? onlineSince ?? at);
  const all = onlineSince === undefined ? spans : [...spans, [onlineSince, at] as const];
  const online = all.reduce((sum, [begin, end]) => sum + Math.max(0, end - Math.max(begin, from)), 0);
  return {
    losses: count,
    availability: at > from ? Math.min(1, online / (at - from)) : 1,
    isUnstable: count >= UNSTABLE_LOSSES ? true : count < STEADY_LOSSES ? false : undefined,
  };
}
