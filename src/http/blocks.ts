import { z } from '@hono/zod-openapi';
import type { Devices } from '../fleet/api.ts';
import type { Blocked } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { done } from './audited.ts';
import { ID_KEY, keyCursor } from './cursor.ts';
import { BlockBody, BlockPage, DeviceParams, json, problems, VersionedDevice } from './schemas.ts';
import { type Api, secured } from './secured.ts';

/** The blocked ids for REST. */
export interface DeviceBlocks {
  get(id: string): Blocked | undefined;
  /** Ordered by id. */
  list(): readonly (Blocked & { id: string })[];
  /** @throws VigiaError `conflict` when there are too many; `unavailable` */
  add(id: string, by: string, reason: string | undefined): Promise<Blocked>;
  /** False if the id was not blocked. */
  remove(id: string): Promise<boolean>;
}

const tags = ['Devices'];
const marks = keyCursor('blocks', ID_KEY);

const BlockQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' }),
});

export function blockRoutes(api: Api, devices: Devices, blocks: DeviceBlocks): void {
  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/devices/{id}/block',
      audit: 'device.blocked',
      tags,
      summary: 'Block a device',
      description: 'Ends its sessions and refuses its id, with any token, until it is unblocked.',
      request: { params: DeviceParams, body: { required: false, ...json(BlockBody) } },
      responses: {
        200: { description: 'The document with its new version', ...json(VersionedDevice) },
        ...problems('device_unknown', 'conflict', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      // Without a body there is nothing to validate.
      const { reason } = (c.req.valid('json') as z.output<typeof BlockBody> | undefined) ?? {};
      if (!devices.get(id)) throw new VigiaError('device_unknown');
      const blocked = await blocks.add(id, c.get('identity').name, reason);
      const device = await devices.noteBlocked(id, blocked);
      done(c, { details: { ...(reason !== undefined && { reason }) } });
      return c.json(device, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/devices/{id}/block',
      audit: 'device.unblocked',
      tags,
      summary: 'Unblock a device',
      description: 'The device reconnects by itself. Also works for the id of a removed device.',
      request: { params: DeviceParams },
      responses: { 204: { description: 'The device is not blocked' }, ...problems('device_unknown', 'unavailable') },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const wasBlocked = await blocks.remove(id);
      if (devices.get(id)) await devices.noteBlocked(id, undefined);
      else if (!wasBlocked) throw new VigiaError('device_unknown');
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/blocks',
      reach: 'filtered',
      tags,
      summary: 'List the blocked ids, ordered by id',
      description: 'Includes ids of removed devices (`known: false`).',
      request: { query: BlockQuery },
      responses: { 200: { description: 'One page', ...json(BlockPage) } },
    }),
    (c) => {
      const { limit, cursor } = c.req.valid('query');
      const after = cursor === undefined ? '' : marks.decode(cursor);
      const view = c.get('view');
      const following = blocks.list().filter(({ id }) => id > after && view.knows(id));
      const page = following.slice(0, limit).map((it) => ({ ...it, known: devices.get(it.id) !== undefined }));
      const last = following.length > limit ? page.at(-1) : undefined;
      return c.json({ blocks: page, ...(last && { cursor: marks.encode(last.id) }) }, 200);
    },
  );
}
