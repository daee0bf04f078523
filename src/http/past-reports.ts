import { z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { PICTURE_SECTION } from '../../machines/reading.ts';
import { pastEvidence } from '../fleet/past-reports.ts';
import type { Clock } from '../ports/clock.ts';
import type { PastReport, PastReports } from '../ports/past-reports.ts';
import { TokenBuckets } from '../ports/rate.ts';
import type { JsonObject } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { measure } from '../protocol/limits.ts';
import { type AuthenticateDevice, checkSender, type FromDeviceDeps } from './from-device.ts';
import { isKnown, type KnownDevices } from './known.ts';
import { DeviceParams, json, moment, problems } from './schemas.ts';
import { type Api, type DeviceCheck, secured, securedForDevice } from './secured.ts';
import { DAY_MS, spanOf } from './span.ts';

/** Per device: an outage of some hours at once, and then more slowly. In bytes. */
const BURST = 8_000_000;
const PER_SECOND = 4_000;
const MAX_DEVICES = 20_000;
/** A device's clock may be wrong, and an older time belongs to nothing that is kept. */
const MAX_AGE_MS = 31 * DAY_MS;

export interface PastReportDeps {
  past: PastReports;
  clock: Pick<Clock, 'now' | 'wall'>;
  maxStateBytes: number;
}

export interface PastReportUploads extends PastReportDeps, FromDeviceDeps {
  authenticate: AuthenticateDevice;
  settle: DeviceCheck['settle'];
}

const tags = ['History'];
const time = z.string().meta({ format: 'date-time' });
const state = z.looseObject({}).meta({ description: 'As in `player:state`' });
const Sent = z
  .object({
    sentAt: moment.meta({ description: 'Now, by the clock of the device' }),
    reports: z
      .array(
        z.object({
          from: moment.meta({ description: 'When this was measured first, by the clock of the device' }),
          to: moment.meta({ description: 'Until when it was so' }),
          state,
        }),
      )
      .min(1)
      .max(100),
  })
  .openapi('PastReportsSent');

const Listed = z
  .object({
    reports: z.array(z.object({ from: time, to: time, receivedAt: time, state: z.record(z.string(), z.unknown()) })),
  })
  .openapi('PastReports');

/** `POST /devices/{id}/reports`, with the device's token. */
export function pastReportUpload(api: Api, deps: PastReportUploads, limit: MiddlewareHandler): void {
  const { past, clock, maxStateBytes, authenticate, settle } = deps;
  const budget = new TokenBuckets(clock, PER_SECOND, BURST, MAX_DEVICES);
  const isDevice = (id: string, token: string | undefined) => authenticate(id, token) !== undefined;

  api.openapi(
    securedForDevice(deps, { isDevice, settle }, limit, {
      method: 'post',
      path: '/devices/{id}/reports',
      tags,
      summary: 'Send states of a time without a connection',
      description: "For players, with the device's token. The same report may be sent again.",
      request: { params: DeviceParams, body: { ...json(Sent), required: true } },
      responses: {
        204: { description: 'Stored' },
        ...problems('device_unknown', 'not_registered', 'blocked', 'payload_too_large', 'rate_limited', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await checkSender(c, id, deps, authenticate);
      const { sentAt, reports } = c.req.valid('json');
      const receivedAt = clock.wall();
      // Times relative to the sending are right, even if the device's clock is not.
      const ahead = sentAt - receivedAt;
      let bytes = 0;
      const taken = reports.map((it, i) => {
        if (it.to < it.from || it.to > sentAt || sentAt - it.from > MAX_AGE_MS) throw wrongTimes(i);
        const { [PICTURE_SECTION]: _, ...kept } = it.state as JsonObject;
        bytes += measure(kept, maxStateBytes);
        const report = { measuredAt: it.from, from: it.from - ahead, to: it.to - ahead, receivedAt };
        return { report: { ...report, state: JSON.stringify(kept) }, evidence: pastEvidence(report, kept) };
      });
      if (!budget.of(id).take(bytes)) throw new VigiaError('rate_limited', 'Send the rest later.');
      await past.add(
        id,
        taken.map(({ report }) => report),
        taken.flatMap(({ evidence }) => evidence),
      );
      return c.body(null, 204);
    },
  );
}

const wrongTimes = (i: number) =>
  new VigiaError('invalid_payload', undefined, [
    { path: `reports.${i}`, message: 'from ≤ to ≤ sentAt, and at most 31 days ago' },
  ]);

const ReportsQuery = z.object({
  from: moment.optional().meta({ description: 'Default: one day before `to`' }),
  to: moment.optional().meta({ description: 'Default: now' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export function pastReportRoutes(api: Api, deps: Pick<PastReportDeps, 'past' | 'clock'> & KnownDevices): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/reports',
      tags,
      summary: 'List states of times without a connection, oldest first',
      description: 'What the device measured meanwhile, and sent when it was back.',
      request: { params: DeviceParams, query: ReportsQuery },
      responses: {
        200: { description: 'The states', ...json(Listed) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id: deviceId } = c.req.valid('param');
      const { limit, ...asked } = c.req.valid('query');
      const reports = await deps.past.list({ deviceId, ...spanOf(asked, DAY_MS, deps.clock.wall()), limit });
      if (reports.length === 0 && !(await isKnown(deps, deviceId))) throw new VigiaError('device_unknown');
      return c.json({ reports: reports.map(shown) }, 200);
    },
  );
}

export function shown({ from, to, receivedAt, state }: PastReport) {
  const text = (ms: number) => new Date(ms).toISOString();
  return { from: text(from), to: text(to), receivedAt: text(receivedAt), state: JSON.parse(state) as JsonObject };
}
