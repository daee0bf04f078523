import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { seesAlert, type View } from '../access/view.ts';
import type { StatisticsResult } from '../ports/statistics.ts';
import type { Alert } from '../protocol/alerts.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type CsvTable, csvTables, type Incidents } from '../protocol/reports.ts';
import { ID_KEY, keyCursor } from './cursor.ts';
import type { HttpEnv } from './env.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, timeZone } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { Stats } from './stats.ts';

export interface MonthQuery {
  month: string;
  timeZone: string;
  group?: string | undefined;
  groups?: readonly string[] | undefined;
  sees(alert: Alert): boolean;
}

export interface MonthReport extends Omit<StatisticsResult, 'devices'> {
  month: string;
  timeZone: string;
  from: number;
  to: number;
  complete: boolean;
  devices: (StatisticsResult['devices'][number] & { name: string | null; group: string | null; incidents: number })[];
  incidents: Incidents;
}

/** The reports for REST. */
export interface ReportDesk {
  /** @throws VigiaError `invalid_payload` (the month is in the future), `unavailable` */
  month(query: MonthQuery & { after?: string | undefined; limit: number }): Promise<MonthReport>;
  /** The last month that has ended. */
  lastMonth(timeZone: string): string;
  /** @throws VigiaError as `month` */
  csv(query: MonthQuery, table: CsvTable, locale: string): Promise<string>;
  company: { name?: string | undefined; logo?: { type: string; bytes: Buffer } | undefined };
}

const tags = ['Reports'];
const marks = keyCursor('report', ID_KEY);
const LOGO = '/api/v1/reports/logo';

const Query = z.object({
  month: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-03')
    .optional()
    .meta({ description: 'Such as 2026-03. Default: the last month that has ended' }),
  timeZone: timeZone.default('UTC'),
  group: z.string().max(256).optional().meta({ description: 'Only this group; empty: devices without a group' }),
});
const PageQuery = Query.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' }),
});
const CsvQuery = Query.extend({
  table: z.enum(csvTables).default('devices'),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language such as en or es-AR')
    .max(35)
    .default('en')
    .meta({ description: 'Of the titles and numbers, and thereby the separator' }),
});

const alert = { alert: z.string(), severity: z.enum(['critical', 'warning']), ms: z.int() };
const { shape } = Stats;
const Report = z
  .object({
    month: z.string(),
    timeZone: z.string(),
    from: shape.from,
    to: shape.to,
    complete: z.boolean().meta({ description: 'The month has ended' }),
    company: z.object({
      name: z.string().nullable(),
      logo: z.string().nullable().meta({ description: 'The path of the logo' }),
    }),
    total: shape.total,
    days: shape.days,
    groups: shape.groups,
    devices: z
      .array(
        shape.devices.element.extend({
          name: z.string().nullable(),
          group: z.string().nullable(),
          incidents: z.int().meta({ description: 'The number of its alerts that opened in the month' }),
        }),
      )
      .meta({ description: 'One page, by id' }),
    incidents: z.object({
      count: z.int(),
      critical: z.int(),
      more: z.boolean().meta({ description: 'There were more than are counted' }),
      byAlert: z.array(z.object({ ...alert, count: z.int() })),
      longest: z.array(
        z.object({
          ...alert,
          id: z.string(),
          about: z.string(),
          name: z.string().nullable(),
          group: z.string().nullable(),
          openedAt: shape.from,
          resolvedAt: z.string().nullable(),
        }),
      ),
    }),
    cursor: shape.cursor,
  })
  .openapi('MonthReport');

export function reportRoutes(api: Api, reports: ReportDesk): void {
  const queryOf = (asked: z.output<typeof Query>, view: View): MonthQuery => ({
    month: asked.month ?? reports.lastMonth(asked.timeZone),
    timeZone: asked.timeZone,
    group: asked.group,
    ...(view.groups && { groups: view.groups }),
    sees: (it) => seesAlert(view, it),
  });
  const { name, logo } = reports.company;

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/reports/monthly',
      reach: 'filtered',
      tags,
      summary: 'Read the report of a month: availability, time on air, playback and incidents',
      description:
        'In total, by day, by group, and for one page of devices, for a calendar month of a time zone. The days are on ' +
        'the first page only. A month that begins before the commands that are kept (`KEEP_COMMAND_DAYS`) is one of UTC.',
      request: { query: PageQuery },
      responses: { 200: { description: 'The report', ...json(Report) }, ...problems('unavailable') },
    }),
    async (c) => {
      const { limit, cursor, ...asked } = c.req.valid('query');
      const after = cursor === undefined ? undefined : marks.decode(cursor);
      const { more, from, to, ...report } = await reports.month({ ...queryOf(asked, c.get('view')), after, limit });
      const last = report.devices.at(-1);
      return c.json(
        {
          ...report,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          company: { name: name ?? null, logo: logo ? LOGO : null },
          ...(more && last && { cursor: marks.encode(last.deviceId) }),
        },
        200,
      );
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/reports/monthly.csv',
      reach: 'filtered',
      tags,
      summary: 'Download the report of a month for a spreadsheet',
      description:
        'All devices or what was played, with titles, separator and numbers in the given language, as Excel reads them.',
      request: { query: CsvQuery },
      responses: {
        200: { description: 'The file', content: { 'text/csv': { schema: z.string() } } },
        ...problems('unavailable'),
      },
    }),
    async (c) => {
      const { table, language, ...asked } = c.req.valid('query');
      const query = queryOf(asked, c.get('view'));
      const text = await reports.csv(query, table, localeOf(language));
      return send(c, text, {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': `attachment; filename="${table}-${query.month}.csv"`,
      });
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/reports/logo',
      reach: 'everybody',
      tags,
      summary: "Read the company's logo",
      responses: {
        200: { description: 'PNG or JPEG', content: { 'image/*': { schema: z.any() } } },
        404: { description: 'There is none', content: { 'application/problem+json': { schema: ProblemSchema } } },
      },
    }),
    (c) => (logo ? send(c, new Uint8Array(logo.bytes), { 'Content-Type': logo.type }) : notFound('There is no logo.')),
  );
}

/** @throws VigiaError `invalid_payload` for what only looks like a language */
function localeOf(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? 'en';
  } catch {
    throw new VigiaError('invalid_payload', undefined, [{ path: 'language', message: 'is not a language' }]);
  }
}

/** Typed as `never`: the route's type lists its responses. */
const send = (c: Context<HttpEnv>, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  c.body(body, 200, headers) as never;
