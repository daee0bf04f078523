import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { Statistics } from '../ports/statistics.ts';
import { WallTime } from '../ports/wall-time.ts';
import { ID } from '../protocol/schema.ts';
import { ID_KEY, keyCursor } from './cursor.ts';
import { json, moment, problems, timeZone } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { DAY_MS, spanOf, wrongFrom } from './span.ts';

const marks = keyCursor('stats', ID_KEY);

const DEFAULT_DAYS = 7;
/** Longest span of one query: ten years. */
const MAX_DAYS = 3660;
/** The days of a time zone are counted on request; longer spans have the days of UTC. */
const MAX_ZONE_DAYS = 100;

const wallTime = new WallTime();

const StatsQuery = z.object({
  from: moment.optional().meta({ description: 'Default: 7 days before `to`' }),
  to: moment.optional().meta({ description: 'Default: now' }),
  timeZone: timeZone.optional().meta({ description: 'The time zone of the days, such as Europe/Madrid; default: UTC' }),
  group: z.string().max(256).optional().meta({ description: 'Only this group; empty: devices without a group' }),
  device: ID.optional().meta({ description: 'Only this device' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' }),
});

const ms = z.int().meta({ description: 'Milliseconds' });
const share = z.number().nullable().meta({ description: 'From 0 to 1; null if there was no time to measure' });
const counts = z.record(z.string(), z.int());
const summary = {
  uptime: z.object({ onlineMs: ms, reconnectingMs: ms, offlineMs: ms, share }),
  disconnections: z.object({ count: z.int(), reasons: counts }),
  onAir: z.object({ yesMs: ms, noMs: ms, unknownMs: ms, share }),
  commands: z.object({
    count: z.int(),
    byStatus: counts,
    meanMs: ms.nullable(),
    p50Ms: ms.nullable().meta({ description: 'Median duration of the commands that were sent, accurate to a quarter' }),
    p95Ms: ms.nullable().meta({ description: '95th percentile, with the same accuracy' }),
    maxMs: ms.nullable(),
  }),
};
const playback = z.array(z.object({ item: z.string().nullable(), playlist: z.string().nullable(), ms }));

export const Stats = z
  .object({
    from: z.string().meta({ format: 'date-time' }),
    to: z.string().meta({ format: 'date-time' }),
    total: z.object({ devices: z.int(), ...summary, playback }),
    timeZone: z.string().meta({ description: 'The time zone of the days' }),
    days: z
      .array(z.object({ day: z.string(), ...summary }))
      .meta({ description: 'The days of `timeZone`; on the first page only, if one was asked for' }),
    groups: z.array(z.object({ group: z.string().nullable(), devices: z.int(), ...summary })),
    devices: z.array(z.object({ deviceId: z.string(), ...summary, playback })).meta({ description: 'One page, by id' }),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('Stats');

export interface StatsDeps {
  statistics: Statistics;
  clock: Pick<Clock, 'wall'>;
  /** How long commands are kept. */
  keepCommandDays: number;
}

export function statsRoutes(api: Api, { statistics, clock, keepCommandDays }: StatsDeps): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/stats',
      reach: 'filtered',
      tags: ['Statistics'],
      summary: 'Read statistics: uptime, disconnections, time on air, commands and playback',
      description:
        'In total, by day, by group, and for one page of devices. A span of more than two days is widened to whole days, which the response contains. ' +
        `A span of more than ${MAX_ZONE_DAYS} days, or from before the commands that are kept (\`KEEP_COMMAND_DAYS\`), has the days of UTC.`,
      request: { query: StatsQuery },
      responses: { 200: { description: 'The statistics', ...json(Stats) }, ...problems('unavailable') },
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const { groups } = c.get('view');
      const { timeZone, ...query } = spanIn(asked, clock.wall(), keepCommandDays);
      const isFirst = asked.cursor === undefined;
      const days = asked.timeZone === undefined ? undefined : isFirst ? [...wallTime.days(timeZone, query)] : [];
      const { more, ...result } = await statistics.summarize({
        ...query,
        days,
        group: asked.group,
        ...(groups && { groups }),
        device: asked.device,
        limit: asked.limit,
        after: asked.cursor === undefined ? undefined : marks.decode(asked.cursor),
      });
      const last = result.devices.at(-1);
      return c.json(
        {
          from: new Date(query.from).toISOString(),
          to: new Date(query.to).toISOString(),
          timeZone,
          ...result,
          ...(more && last && { cursor: marks.encode(last.deviceId) }),
        },
        200,
      );
    },
  );
}

/**
 * Rounds spans of more than two days to whole days. Older commands than those that are kept, and more days than can be
 * counted on request, are only in the sums of UTC days.
 */
function spanIn(asked: z.output<typeof StatsQuery>, now: number, keepCommandDays: number) {
  const { from, to } = spanOf(asked, DEFAULT_DAYS * DAY_MS, now);
  if (to - from > MAX_DAYS * DAY_MS) throw wrongFrom(`at most ${MAX_DAYS} days before \`to\``);
  const { timeZone = 'UTC' } = asked;
  const span = to - from <= 2 * DAY_MS ? { from, to } : wholeDaysOf(timeZone, from, to, now);
  const length = wallTime.at(timeZone, span.to) - wallTime.at(timeZone, span.from);
  const isCounted = length <= MAX_ZONE_DAYS * DAY_MS && span.from >= now - keepCommandDays * DAY_MS;
  return isCounted ? { ...span, timeZone } : { ...wholeDaysOf('UTC', from, to, now), timeZone: 'UTC' };
}

function wholeDaysOf(zone: string, from: number, to: number, now: number) {
  const midnight = (at: number) => Math.floor(wallTime.at(zone, at) / DAY_MS) * DAY_MS;
  const end = midnight(to - 1) + DAY_MS;
  return {
    from: wallTime.momentOf(zone, midnight(from)),
    to: Math.min(wallTime.momentOf(zone, end), now),
  };
}
