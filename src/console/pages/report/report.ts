import type { Incidents } from '../../../protocol/reports.ts';
import type { Rest } from '../../core/rest.ts';
import type { Stats } from '../statistics/stats.ts';

/** The used fields of `GET /reports/monthly`. */
export interface Report extends Omit<Stats, 'devices'> {
  month: string;
  complete: boolean;
  company: { name: string | null; logo: string | null };
  devices: readonly ReportDevice[];
  incidents: Incidents;
}

export type ReportDevice = Stats['devices'][number] & {
  name: string | null;
  group: string | null;
  incidents: number;
};

const PAGE = 500;
/** More make no page that anybody reads; they are in the CSV file. */
const MOST_DEVICES = 1000;

export interface ReportQuery {
  month: string;
  group: string;
  timeZone: string;
}

/** The report with the devices of its first pages. */
export async function loadReport(rest: Rest, query: ReportQuery, signal: AbortSignal): Promise<Report> {
  const page = (month: string, cursor?: string) =>
    rest.get<Report>('/reports/monthly', { ...query, month, limit: PAGE, cursor }, signal);
  const first = await page(query.month);
  const devices = [...first.devices];
  for (let { cursor } = first; cursor !== undefined && devices.length < MOST_DEVICES; ) {
    const next = await page(first.month, cursor);
    devices.push(...next.devices);
    cursor = next.cursor;
  }
  return { ...first, devices };
}
