import type { StatisticsQuery, StatisticsResult } from '../../src/ports/statistics.ts';
import type { Alert, AlertName } from '../../src/protocol/alerts.ts';
import { Reports } from '../../src/reports/reports.ts';
import { manualClock } from './manual-clock.ts';

export const figures = {
  uptime: { onlineMs: 0, reconnectingMs: 0, offlineMs: 0, share: 1 },
  disconnections: { count: 2, reasons: {} },
  onAir: { yesMs: 4_500_000, noMs: 3_600_000, unknownMs: 0, share: 0.5556 },
  commands: { count: 0, byStatus: {}, meanMs: null, p50Ms: null, p95Ms: null, maxMs: null },
};

export const opened = (alert: AlertName, about: string, at: string, more: Partial<Alert> = {}): Alert => {
  const openedAt = Date.parse(at);
  return { id: `${openedAt}-${about}`, alert, about, summary: '', openedAt, ...more };
};

interface World {
  now: string;
  devices?: { id: string; name: string | null; group: string | null }[];
  alerts?: Alert[];
  playback?: StatisticsResult['total']['playback'];
}

/** The reports over known statistics and alerts. */
export function reportWorld({ now, devices = [], alerts = [], playback = [] }: World) {
  const asked: StatisticsQuery[] = [];
  const newest = alerts.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const reports = new Reports({
    statistics: {
      summarize: async (query) => {
        asked.push(query);
        const following = devices.filter(({ id }) => id > (query.after ?? ''));
        const page = following.slice(0, query.limit);
        return {
          total: { devices: devices.length, ...figures, playback },
          days: [],
          groups: [...new Set(devices.map(({ group }) => group))].map((group) => ({ group, devices: 1, ...figures })),
          devices: page.map(({ id }) => ({ deviceId: id, ...figures, playback: [] })),
          more: following.length > page.length,
        };
      },
    },
    alerts: {
      list: async ({ openedFrom = 0, to = Number.POSITIVE_INFINITY, before = '~', limit }) =>
        newest.filter((it) => it.openedAt >= openedFrom && it.openedAt < to && it.id < before).slice(0, limit),
    },
    devices: {
      get: (id) => {
        const document = devices.find((it) => it.id === id);
        return document && { document };
      },
    },
    keepCommandDays: 90,
    clock: manualClock(Date.parse(now)),
    log: { warn: () => {} },
  });
  return { reports, asked };
}
