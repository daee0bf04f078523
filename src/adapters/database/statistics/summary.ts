import type { Summary } from '../../../ports/statistics.ts';
import { percentile } from './latency.ts';

/** Figures that are added up. Some drivers return numbers as strings. */
export interface Figures {
  online: number;
  reconnecting: number;
  offline: number;
  yes: number;
  no: number;
  unknown: number;
  reasons: Map<string, number>;
  statuses: Map<string, number>;
  /** Number of commands in each duration bucket. */
  durations: Map<number, number>;
  timed: number;
  durationMs: number;
  maxMs: number;
}

export const noFigures = (): Figures => ({
  online: 0,
  reconnecting: 0,
  offline: 0,
  yes: 0,
  no: 0,
  unknown: 0,
  reasons: new Map(),
  statuses: new Map(),
  durations: new Map(),
  timed: 0,
  durationMs: 0,
  maxMs: 0,
});

export function summaryOf(it: Figures): Summary {
  const { online, reconnecting, offline, yes, no, unknown, reasons, statuses, durations, timed, maxMs } = it;
  return {
    uptime: {
      onlineMs: online,
      reconnectingMs: reconnecting,
      offlineMs: offline,
      share: share(online, online + reconnecting + offline),
    },
    disconnections: { count: sum(reasons), reasons: Object.fromEntries(reasons) },
    onAir: { yesMs: yes, noMs: no, unknownMs: unknown, share: share(yes, yes + no + unknown) },
    commands: {
      count: sum(statuses),
      byStatus: Object.fromEntries(statuses),
      meanMs: timed > 0 ? Math.round(it.durationMs / timed) : null,
      p50Ms: percentile(durations, 0.5, maxMs),
      p95Ms: percentile(durations, 0.95, maxMs),
      maxMs: timed > 0 ? maxMs : null,
    },
  };
}

export function addTo<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
const share = (part: number, whole: number) => (whole > 0 ? Math.round((part / whole) * 10_000) / 10_000 : null);
