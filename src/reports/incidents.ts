import type { AlertLog } from '../ports/alert-log.ts';
import { type Alert, alerts as kinds } from '../protocol/alerts.ts';
import type { Incidents } from '../protocol/reports.ts';
import type { Span } from './month.ts';

const PAGE = 1000;
const MOST = 20_000;
const LONGEST = 20;

/** The alerts that opened in the span, newest first, and whether there are older ones. */
export async function openedIn(log: Pick<AlertLog, 'list'>, { from, to }: Span) {
  const found: Alert[] = [];
  for (let isLast = false; !isLast && found.length <= MOST; ) {
    const before = found.at(-1)?.id;
    const page = await log.list({ open: false, openedFrom: from, to, before, limit: PAGE });
    found.push(...page);
    isLast = page.length < PAGE;
  }
  return { alerts: found.slice(0, MOST), more: found.length > MOST };
}

/** Whether the alert is about the group; `''`: about a device without a group. */
export const isOfGroup = ({ alert, about, group }: Alert, name: string): boolean =>
  kinds[alert].about === 'device' ? (group ?? '') === name : about === `group ${name}`;

export const isOfDevice = ({ alert }: Alert): boolean => kinds[alert].about === 'device';

/** @param nameOf of the device with this id */
export function summed(
  { alerts, more }: { alerts: readonly Alert[]; more: boolean },
  to: number,
  nameOf: (deviceId: string) => string | null,
): Incidents {
  const lasted = ({ openedAt, resolvedAt = to }: Alert) => Math.max(0, Math.min(resolvedAt, to) - openedAt);
  const byAlert = new Map<string, Incidents['byAlert'][number]>();
  for (const it of alerts) {
    const { alert } = it;
    const sum = byAlert.get(alert) ?? { alert, severity: kinds[alert].severity, count: 0, ms: 0 };
    byAlert.set(alert, { ...sum, count: sum.count + 1, ms: sum.ms + lasted(it) });
  }
  const longest = alerts.toSorted((a, b) => lasted(b) - lasted(a)).slice(0, LONGEST);
  return {
    count: alerts.length,
    critical: alerts.filter(({ alert }) => kinds[alert].severity === 'critical').length,
    more,
    byAlert: [...byAlert.values()].sort((a, b) => b.count - a.count),
    longest: longest.map((it) => ({
      id: it.id,
      alert: it.alert,
      severity: kinds[it.alert].severity,
      about: it.about,
      name: isOfDevice(it) ? nameOf(it.about) : null,
      group: it.group ?? null,
      openedAt: new Date(it.openedAt).toISOString(),
      resolvedAt: it.resolvedAt === undefined ? null : new Date(it.resolvedAt).toISOString(),
      ms: lasted(it),
    })),
  };
}
