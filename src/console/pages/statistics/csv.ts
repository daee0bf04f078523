import { csvText } from '../../../protocol/csv.ts';
import type { Stats, Summary } from './stats.ts';

const OUTCOMES = ['success', 'error', 'timeout', 'undelivered', 'cancelled'] as const;

const columns: readonly [string, (it: Summary) => number | string | null][] = [
  ['connected_share', (it) => it.uptime.share],
  ['online_ms', (it) => it.uptime.onlineMs],
  ['reconnecting_ms', (it) => it.uptime.reconnectingMs],
  ['offline_ms', (it) => it.uptime.offlineMs],
  ['on_air_share', (it) => it.onAir.share],
  ['on_air_ms', (it) => it.onAir.yesMs],
  ['off_air_ms', (it) => it.onAir.noMs],
  ['unknown_ms', (it) => it.onAir.unknownMs],
  ['disconnections', (it) => it.disconnections.count],
  ['commands', (it) => it.commands.count],
  ...OUTCOMES.map((status): [string, (it: Summary) => number] => [status, (it) => it.commands.byStatus[status] ?? 0]),
  ['p50_ms', (it) => it.commands.p50Ms],
  ['p95_ms', (it) => it.commands.p95Ms],
];

/** All figures, one line each; the first two columns name the subject. */
export function csvOf({ total, days, groups, devices }: Stats): string {
  const rows: [kind: string, name: string, of: Summary][] = [
    ['total', '', total],
    ...days.map((it): [string, string, Summary] => ['day', it.day, it]),
    ...groups.map((it): [string, string, Summary] => ['group', it.group ?? '', it]),
    ...devices.map((it): [string, string, Summary] => ['device', it.deviceId, it]),
  ];
  const lines = [
    ['of', 'name', ...columns.map(([title]) => title)],
    ...rows.map(([kind, name, of]) => [kind, name, ...columns.map(([, read]) => read(of) ?? '')]),
  ];
  return csvText(lines);
}
