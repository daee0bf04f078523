import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { History, HistoryChange, PastState } from '../ports/history.ts';
import type { PastReports } from '../ports/past-reports.ts';
import { VigiaError } from '../protocol/errors.ts';
import { decodeMark, encodeMark } from './cursor.ts';
import { isKnown, type KnownDevices } from './known.ts';
import { shown } from './past-reports.ts';
import { ChangePage, DeviceParams, json, moment, PastDevice, PastFleet, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { DAY_MS } from './span.ts';

export interface HistoryDeps extends KnownDevices {
  history: History;
  past: Pick<PastReports, 'list'>;
  clock: Pick<Clock, 'wall'>;
  /** How long the history is kept. */
  keepJournalDays: number;
}

const tags = ['History'];

const FleetQuery = z.object({
  at: moment.optional().meta({ description: 'Default: now, at the first page' }),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  cursor: z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'The `cursor` of the previous page; `at` must not change' }),
});

const Kept = z.object({ keptFrom: z.string().meta({ format: 'date-time' }), keptDays: z.int() }).openapi('KeptHistory');

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

export function historyRoutes(api: Api, { devices, history, past, clock, keepJournalDays }: HistoryDeps): void {
  const keptFrom = () => clock.wall() - keepJournalDays * DAY_MS;

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/state',
      tags,
      summary: 'Read the document as of a given time',
      description:
        'The exact document and version. Without `at`, as of now. Also works for removed devices. ' +
        '`coarse`: not all changes were stored, so the document is as of `since`. `reported`: what the device had ' +
        'measured then, without a connection.',
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
      const [measured] = at === now ? [] : await past.list({ deviceId, from: at, to: at + 1, limit: 1 });
      const reported = measured ? { reported: shown(measured) } : {};
      return c.json({ deviceId, at: iso(at), version, document, ...coarse, ...reported, ...note }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/fleet/state',
      reach: 'filtered',
      tags,
      summary: 'Read all documents as of a given time',
      description:
        'The exact documents of the devices that existed then, including those removed since. Without `at`, as of now. ' +
        'A page may have fewer entries than `limit`, or none: follow `cursor` until it is absent.',
      request: { query: FleetQuery },
      responses: { 200: { description: 'One page', ...json(PastFleet) }, ...problems('unavailable') },
    }),
    async (c) => {
      const { at: asked, limit, cursor } = c.req.valid('query');
      const now = clock.wall();
      const list = ['fleet', asked];
      const mark = cursor === undefined ? undefined : decodeMark(cursor, list);
      // All pages are of one moment, also where it is not given, or in the future.
      const at = Math.min(mark?.at ?? asked ?? now, now);
      const { knows } = c.get('view');
      const page = await history.fleetAt({ at, after: mark?.id, limit, sees: knows });
      const shown = page.devices.map(({ deviceId, version, document, isCoarse, since }) => {
        return { deviceId, version, document, ...(isCoarse && { coarse: isCoarse, since: iso(since) }) };
      });
      const more = page.last === undefined ? {} : { cursor: encodeMark(at, page.last, list) };
      const note = page.isBehind ? BEHIND : at < keptFrom() ? PARTIAL : undefined;
      return c.json({ at: iso(at), devices: shown, ...more, ...(note && { note }) }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/history',
      reach: 'everybody',
      tags,
      summary: 'Read how far back the history reaches',
      responses: { 200: { description: 'The oldest moment that is kept', ...json(Kept) } },
    }),
    (c) => c.json({ keptFrom: iso(keptFrom()), keptDays: keepJournalDays }, 200),
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
const PARTIAL = 'The history does not reach back that far: devices are missing here.';
const BEHIND = 'The database cannot be written now: what happened lately is missing here.';

function jsonOf(change: HistoryChange): string {
  const head = `{"version":${change.version},"at":"${iso(change.at)}",${change.isCoarse ? '"coarse":true,' : ''}`;
  if ('patch' in change) return `${head}"patch":${change.patch}}`;
  return 'document' in change ? `${head}"document":${change.document}}` : `${head}"deleted":true}`;
}

const wrong = (path: string, message: string) => new VigiaError('invalid_payload', undefined, [{ path, message }]);
