import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { History, HistoryChange, PastState } from '../ports/history.ts';
import { VigiaError } from '../protocol/errors.ts';
import { decodeMark, encodeMark } from './cursor.ts';
import { isKnown, type KnownDevices } from './known.ts';
import { ChangePage, DeviceParams, json, moment, PastDevice, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';

export interface HistoryDeps extends KnownDevices {
  history: History;
  clock: Pick<Clock, 'wall'>;
}

const tags = ['History'];

const HistoryQuery = z.object({
  from: moment.optional().meta({ description: 'Start of the span (inclusive)' }),
  to: moment.optional().meta({ description: 'End of the span (exclusive)' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .max(128)
    .optional()
    .meta({ description: 'The `cursor` of the previous page; `from` and `to` must not change' }),
});

export function historyRoutes(api: Api, { devices, history, clock }: HistoryDeps): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/state',
      tags,
      summary: 'Read the document as of a given time',
      description:
        'The exact document and version. Without `at`, as of now. Also works for removed devices. ' +
        '`coarse`: not all changes were stored, so the document is as of `since`.',
      request: { params: DeviceParams, query: z.object({ at: moment.optional() }) },
      responses: {
        200: { description: 'The document as of that time', ...json(PastDevice) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id: deviceId } = c.req.valid('param');
      const now = clock.wall();
      // A future moment means now.
      const at = Math.min(c.req.valid('query').at ?? now, now);
      const state = at === now ? devices.get(deviceId) : await history.stateAt(deviceId, at);
      if (!state) throw new VigiaError('device_unknown', 'There was no such device at that moment.');
      const { version, document } = state;
      const { isCoarse, isBehind, since }: Partial<PastState> = state;
      const coarse = isCoarse ? { coarse: isCoarse, since: iso(since as number), note: COARSE } : {};
      const note = isBehind ? { note: BEHIND } : {};
      return c.json({ deviceId, at: iso(at), version, document, ...coarse, ...note }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/history',
      tags,
      summary: 'List the changes, oldest first',
      description:
        'Each change is an RFC 6902 patch on the version before it, a whole document, or the removal of the device. ' +
        'The changes between a `coarse` one and the next were not stored.',
      request: { params: DeviceParams, query: HistoryQuery },
      responses: {
        200: { description: 'One page', ...json(ChangePage) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id: deviceId } = c.req.valid('param');
      const { from, to, limit, cursor } = c.req.valid('query');
      if (from !== undefined && to !== undefined && from > to) throw wrong('to', 'must not be before from');
      const list = ['history', deviceId, from, to];
      const after = cursor === undefined ? undefined : Number(decodeMark(cursor, list).id);
      const { changes, more, isBehind } = await history.changes({ deviceId, from, to, after, limit });
      if (changes.length === 0 && !(await isKnown({ devices, history }, deviceId)))
        throw new VigiaError('device_unknown');
      const last = changes.at(-1);
      const next = more && last ? `,"cursor":"${encodeMark(last.at, String(last.version), list)}"` : '';
      // The stored JSON is sent as it is: parsing a page of a thousand patches would be slow.
      const body = `{"changes":[${changes.map(jsonOf).join(',')}]${next}${isBehind ? `,"note":${JSON.stringify(BEHIND)}` : ''}}`;
      return c.body(body, 200, { 'Content-Type': 'application/json' }) as never;
    },
  );
}

const iso = (at: number) => new Date(at).toISOString();
const COARSE = 'This device changed more than its history keeps: this is how it was at `since`.';
const BEHIND = 'The database cannot be written now: what happened lately is missing here.';

function jsonOf(change: HistoryChange): string {
  const head = `{"version":${change.version},"at":"${iso(change.at)}",${change.isCoarse ? '"coarse":true,' : ''}`;
  if ('patch' in change) return `${head}"patch":${change.patch}}`;
  return 'document' in change ? `${head}"document":${change.document}}` : `${head}"deleted":true}`;
}

const wrong = (path: string, message: string) => new VigiaError('invalid_payload', undefined, [{ path, message }]);
