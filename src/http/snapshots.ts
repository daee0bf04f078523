import { z } from '@hono/zod-openapi';
import type { HonoRequest, MiddlewareHandler } from 'hono';
import type { Devices } from '../fleet/api.ts';
import type { SnapshotRow } from '../ports/snapshot-index.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type Picture, pictureIn, SNAPSHOT_ID, type Snapshot, snapshotUrls } from '../protocol/snapshot.ts';
import { keyCursor } from './cursor.ts';
import { type AuthenticateDevice, checkSender, type FromDeviceDeps } from './from-device.ts';
import { notFound } from './problem.ts';
import { DeviceParams, json, ProblemSchema, problems, SnapshotFacts, SnapshotPage } from './schemas.ts';
import { type Api, type DeviceCheck, secured, securedForDevice } from './secured.ts';

export interface SnapshotDeps {
  /** @throws VigiaError */
  take(deviceId: string, picture: Picture, source: 'upload', options?: { ageMs?: number }): Promise<Snapshot>;
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  /** The device shown in the picture. */
  deviceOf(id: string): Promise<string | undefined>;
  /** WebP. */
  read(id: string, what: 'picture' | 'thumbnail'): Promise<Buffer | undefined>;
  authenticate: AuthenticateDevice;
  settle: DeviceCheck['settle'];
  /** Limit per upload. */
  maxBytes: number;
}

const tags = ['Snapshots'];
const SnapshotParams = z.object({ sid: z.string().regex(SNAPSHOT_ID).meta({ description: 'The snapshot' }) });
const SnapshotQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(512).optional().meta({ description: 'The `cursor` of the previous page' }),
});
const binary = { schema: z.any().openapi({ type: 'string', format: 'binary' }) };
const base64 = z.string().optional().meta({ description: 'Base64, or a data URL' });
const missing = {
  description: 'The screenshot does not exist (any more)',
  content: { 'application/problem+json': { schema: ProblemSchema } },
};
const webp = { description: 'WebP', content: { 'image/webp': binary } };

export interface UploadDeps extends FromDeviceDeps {
  snapshots: SnapshotDeps;
}

/** In milliseconds: relative to the upload, it is right even if the clock of the device is not. */
const UploadQuery = z.object({
  ageMs: z.coerce
    .number()
    .int()
    .min(0)
    .max(31 * 86_400_000)
    .optional()
    .meta({ description: 'How long ago it was taken, for pictures of a time without a connection' }),
});

/** `POST /devices/{id}/snapshot`, with the device's token. */
export function uploadRoute(api: Api, { snapshots: deps, ...sender }: UploadDeps, limit: MiddlewareHandler): void {
  api.openapi(
    securedForDevice(sender, { ...deps, isDevice: (id, token) => deps.authenticate(id, token) !== undefined }, limit, {
      method: 'post',
      path: '/devices/{id}/snapshot',
      tags,
      summary: 'Store a screenshot',
      description: "For players, with the device's token. JPEG, PNG or WebP, binary or in base64.",
      request: {
        params: DeviceParams,
        query: UploadQuery,
        body: {
          content: {
            'image/*': binary,
            'application/octet-stream': binary,
            'application/json': { schema: z.looseObject({ data: base64, image: base64, base64 }) },
          },
        },
      },
      responses: {
        201: { description: 'The screenshot was stored', ...json(SnapshotFacts) },
        ...problems('device_unknown', 'not_registered', 'blocked', 'payload_too_large', 'rate_limited', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await checkSender(c, id, sender, deps.authenticate);
      const picture = await pictureOf(c.req.header('content-type') ?? '', c.req);
      const snapshot = await deps.take(id, picture, 'upload', c.req.valid('query'));
      return c.json(snapshot, 201, { Location: snapshot.url });
    },
  );
}

export function snapshotRoutes(api: Api, devices: Devices, deps: SnapshotDeps): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/snapshots',
      tags,
      summary: "List a device's screenshots, newest first",
      request: { params: DeviceParams, query: SnapshotQuery },
      responses: {
        200: { description: 'One page', ...json(SnapshotPage) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!devices.get(id)) throw new VigiaError('device_unknown');
      const { limit, cursor } = c.req.valid('query');
      const marks = keyCursor(`snapshots ${id}`, SNAPSHOT_ID);
      const before = cursor === undefined ? undefined : marks.decode(cursor);
      const rows = await deps.list(id, { limit: limit + 1, before });
      const snapshots = rows.slice(0, limit).map(shown);
      const last = snapshots.at(-1);
      const next = rows.length > limit && last ? { cursor: marks.encode(last.id) } : {};
      return c.json({ snapshots, ...next }, 200);
    },
  );

  for (const [what, path, summary] of [
    ['picture', '/snapshots/{sid}', 'Fetch a screenshot'],
    ['thumbnail', '/snapshots/{sid}/thumbnail', 'Fetch its thumbnail, of at most 320 pixels a side'],
  ] as const) {
    api.openapi(
      secured('viewer', {
        method: 'get',
        path,
        reach: 'filtered',
        tags,
        summary,
        description: 'A screenshot never changes: cache it, and revalidate with If-None-Match.',
        request: { params: SnapshotParams },
        responses: {
          200: webp,
          304: { description: 'The cached copy is valid' },
          404: missing,
          ...problems('unavailable'),
        },
      }),
      async (c) => {
        const { sid } = c.req.valid('param');
        const etag = what === 'picture' ? `"${sid}"` : `"${sid}-t"`;
        const view = c.get('view');
        const isSeen = !view.groups || view.knows((await deps.deviceOf(sid)) ?? '');
        const picture = isSeen ? await deps.read(sid, what) : undefined;
        if (!picture) return notFound('There is no such snapshot (any more).');
        const headers = { ETag: etag, 'Cache-Control': 'private, max-age=31536000, immutable' };
        if (names(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);
        return c.body(new Uint8Array(picture), 200, { ...headers, 'Content-Type': 'image/webp' });
      },
    );
  }
}

async function pictureOf(contentType: string, request: Pick<HonoRequest, 'arrayBuffer' | 'json'>): Promise<Picture> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('image/') || type === 'application/octet-stream') {
    return new Uint8Array(await request.arrayBuffer());
  }
  if (type !== 'application/json') {
    throw new VigiaError('invalid_payload', 'Send the picture as image/*, application/octet-stream or JSON.');
  }
  const body: unknown = await request.json().catch(() => {
    throw new VigiaError('invalid_payload', 'The body is not JSON.');
  });
  const picture = typeof body === 'object' ? pictureIn(body) : undefined;
  if (picture !== undefined) return picture;
  throw new VigiaError('invalid_payload', undefined, [{ path: 'data', message: 'a picture in base64 is expected' }]);
}

function shown({ id, takenAt, bytes, width, height, black, sameAsBefore, source }: SnapshotRow) {
  const at = new Date(takenAt).toISOString();
  return { id, ...snapshotUrls(id), bytes, width, height, takenAt: at, black, sameAsBefore, source };
}

/** If-None-Match holds one or more entity tags, including weak ones, or `*`. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
