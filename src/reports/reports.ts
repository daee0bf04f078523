import type { Logger } from 'pino';
import type { AlertLog } from '../ports/alert-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Statistics, StatisticsResult } from '../ports/statistics.ts';
import type { Alert } from '../protocol/alerts.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import type { Incidents } from '../protocol/reports.ts';
import { isOfDevice, isOfGroup, openedIn, summed } from './incidents.ts';
import { daysOf, type Span, spanOfMonth } from './month.ts';

export interface MonthQuery {
  month: string;
  timeZone: string;
  /** Only this group; empty: devices without a group. */
  group?: string | undefined;
  /** Only these groups. */
  groups?: readonly string[] | undefined;
  sees(alert: Alert): boolean;
}

export interface MonthReport extends Omit<StatisticsResult, 'devices'>, Span {
  month: string;
  /** UTC instead of the one asked for, if the month is too old for others. */
  timeZone: string;
  complete: boolean;
  devices: (StatisticsResult['devices'][number] & { name: string | null; group: string | null; incidents: number })[];
  incidents: Incidents;
}

interface Page {
  after?: string | undefined;
  limit: number;
}

interface Deps {
  statistics: Pick<Statistics, 'summarize'>;
  alerts: Pick<AlertLog, 'list'>;
  devices: { get(id: string): { document: { name: string | null; group: string | null } } | undefined };
  /** How long commands are kept. */
  keepCommandDays: number;
  clock: Pick<Clock, 'wall'>;
  log: Pick<Logger, 'warn'>;
}

/** A month of a time zone. */
interface Month extends Span {
  timeZone: string;
  complete: boolean;
}

const DAY_MS = 86_400_000;
const PAGE = 500;

/** The reports of months: the statistics, with names and incidents. */
export class Reports {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * With one page of devices; the days are on the first page only.
   * @throws VigiaError `invalid_payload` (the month has not begun), `unavailable`
   */
  async month(query: MonthQuery & Page): Promise<MonthReport> {
    const month = this.#monthOf(query);
    const [figures, opened] = await Promise.all([this.#figures(query, month, query), this.#opened(query, month)]);
    return this.#report(query, month, figures, opened);
  }

  /**
   * With all devices.
   * @throws VigiaError as `month`
   */
  async whole(query: MonthQuery): Promise<MonthReport> {
    const month = this.#monthOf(query);
    const opened = await this.#opened(query, month);
    const { devices, ...first } = await this.#figures(query, month, { limit: PAGE });
    for (let { more } = first; more; ) {
      const page = await this.#figures(query, month, { after: devices.at(-1)?.deviceId, limit: PAGE });
      devices.push(...page.devices);
      more = page.more && page.devices.length > 0;
    }
    return this.#report(query, month, { ...first, devices, more: false }, opened);
  }

  /** Commands that are no longer kept are only in the sums of UTC days. */
  #monthOf({ month, timeZone }: MonthQuery): Month {
    const { clock, keepCommandDays } = this.#deps;
    const now = clock.wall();
    const { from, to } = spanOfMonth(timeZone, month);
    if (from >= now) throw new VigiaError('invalid_payload', undefined, [{ path: 'month', message: 'has not begun' }]);
    const isKept = from >= now - keepCommandDays * DAY_MS;
    const zone = isKept ? timeZone : 'UTC';
    const span = isKept ? { from, to } : spanOfMonth(zone, month);
    return { timeZone: zone, from: span.from, to: Math.min(span.to, now), complete: span.to <= now };
  }

  #figures({ group, groups }: MonthQuery, { timeZone, from, to }: Month, { after, limit }: Page) {
    const days = after === undefined ? daysOf(timeZone, { from, to }) : [];
    return this.#deps.statistics.summarize({ from, to, days, group, ...(groups && { groups }), after, limit });
  }

  async #opened({ group, sees }: MonthQuery, span: Span) {
    const { alerts: log, log: logger } = this.#deps;
    const { alerts, more } = await orUnavailable(
      () => openedIn(log, span),
      'The database cannot be read at the moment.',
      (err) => logger.warn({ err }, 'cannot read the alerts of a month'),
    );
    return { alerts: alerts.filter((it) => sees(it) && (group === undefined || isOfGroup(it, group))), more };
  }

  #report(
    { month }: MonthQuery,
    { timeZone, from, to, complete }: Month,
    figures: StatisticsResult,
    opened: Awaited<ReturnType<typeof openedIn>>,
  ): MonthReport {
    const document = (id: string) => this.#deps.devices.get(id)?.document;
    const counts = new Map<string, number>();
    for (const { about } of opened.alerts.filter(isOfDevice)) counts.set(about, (counts.get(about) ?? 0) + 1);
    return {
      ...{ month, timeZone, from, to, complete },
      ...figures,
      devices: figures.devices.map((it) => ({
        ...it,
        name: document(it.deviceId)?.name ?? null,
        group: document(it.deviceId)?.group ?? null,
        incidents: counts.get(it.deviceId) ?? 0,
      })),
      incidents: summed(opened, to, (id) => document(id)?.name ?? null),
    };
  }
}
