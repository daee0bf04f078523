import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { Statistics } from '../ports/statistics.ts';
import { VigiaError } from '../protocol/errors.ts';
import { isKnown, type KnownDevices } from './known.ts';
import { DeviceParams, json, moment, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { DAY_MS, spanOf } from './span.ts';

export interface PeriodDeps extends KnownDevices {
  statistics: Pick<Statistics, 'periodsOf'>;
  clock: Pick<Clock, 'wall'>;
}

const PeriodsQuery = z.object({
  kind: z.enum(['connection', 'onAir', 'playback']),
  from: moment.optional().meta({ description: 'Default: one day before `to`' }),
  to: moment.optional().meta({ description: 'Default: now' }),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

const time = z.string().meta({ format: 'date-time' });
export const PeriodList = z
  .object({
    from: time,
    to: time,
    periods: z.array(
      z.object({
        from: time,
        to: time.nullable().meta({ description: 'Null: the period has not ended' }),
        group: z.string().optional(),
        status: z.string().optional().meta({ description: 'For `connection` and `onAir`' }),
        reason: z.string().optional().meta({ description: 'For `connection`: why it was lost' }),
        why: z.string().optional().meta({ description: 'For `onAir`' }),
        item: z.string().optional().meta({ description: 'For `playback`' }),
        playlist: z.string().optional().meta({ description: 'For `playback`' }),
      }),
    ),
  })
  .openapi('Periods');

export function periodRoutes(api: Api, deps: PeriodDeps): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/periods',
      tags: ['History'],
      summary: 'List the periods of connection, on-air status or playback',
      description: 'The periods that overlap the span, oldest first; if there are more than `limit`, the newest.',
      request: { params: DeviceParams, query: PeriodsQuery },
      responses: {
        200: { description: 'The periods', ...json(PeriodList) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id: deviceId } = c.req.valid('param');
      const { kind, limit, ...asked } = c.req.valid('query');
      const { from, to } = spanOf(asked, DAY_MS, deps.clock.wall());
      const periods = await deps.statistics.periodsOf({ deviceId, kind, from, to, limit });
      if (periods.length === 0 && !(await isKnown(deps, deviceId))) throw new VigiaError('device_unknown');
      const text = (ms: number) => new Date(ms).toISOString();
      const shown = periods.map((it) => ({ ...it, from: text(it.from), to: it.to === null ? null : text(it.to) }));
      return c.json({ from: text(from), to: text(to), periods: shown }, 200);
    },
  );
}
