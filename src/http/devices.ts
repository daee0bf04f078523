import { setImmediate } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import type { View } from '../access/view.ts';
import type { Devices } from '../fleet/api.ts';
import type { VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { keys } from '../protocol/filter/fields.ts';
import { MAX_FILTER } from '../protocol/filter/filter.ts';
import { matcherOf } from '../protocol/filter/match.ts';
import { readFilter } from '../protocol/filter/read.ts';
import { done } from './audited.ts';
import type { DeviceBlocks } from './blocks.ts';
import { ID_KEY, keyCursor } from './cursor.ts';
import type { HistoryDeps } from './history.ts';
import { mustBeUnused } from './known.ts';
import {
  DeviceEditBody,
  DevicePage,
  DeviceParams,
  DeviceToken,
  json,
  NewDevice,
  problems,
  Rotation,
  VersionedDevice,
} from './schemas.ts';
import { type Api, secured } from './secured.ts';

const tags = ['Devices'];
const marks = keyCursor('devices', ID_KEY);

const DeviceQuery = z.object({
  status: z.enum(['online', 'reconnecting', 'offline']).optional(),
  group: z.string().min(1).max(256).optional(),
  q: z
    .string()
    .max(MAX_FILTER)
    .optional()
    .meta({
      description:
        'A filter (SPEC F1–F6): all its terms must hold. `key:value` (any of `a,b`), `=` exactly, `~` contains, `<` `<=` `>` ' +
        '`>=`, `-` in front for "not", quotes for spaces. Each other word must occur in the id, name, group, a label value, ' +
        'what plays, the host name or an address (IP or MAC) of the device; case and accents do not matter. ' +
        `Keys: ${keys.join(', ')}`,
      example: 'status:offline group:lobby version<2.3 192.0.2',
    }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' }),
});
type DeviceQuery = z.output<typeof DeviceQuery>;

/** The device tokens for REST. */
export interface DeviceTokens {
  /**
   * False if the device had no token.
   * @throws VigiaError `unavailable`
   */
  remove(deviceId: string): Promise<boolean>;
}

export function deviceRoutes(
  api: Api,
  devices: Devices,
  blocks: DeviceBlocks,
  tokens: DeviceTokens,
  { clock, history }: HistoryDeps,
): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices',
      reach: 'filtered',
      tags,
      summary: 'List devices, ordered by id',
      request: { query: DeviceQuery },
      responses: { 200: { description: 'One page', ...json(DevicePage) } },
    }),
    async (c) => c.json(await page(devices.all(), c.req.valid('query'), c.get('view'), clock.wall()), 200),
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}',
      tags,
      summary: 'Read one device',
      description: 'The ETag is the version: with If-None-Match the response is 304 if nothing has changed.',
      request: { params: DeviceParams },
      responses: {
        200: { description: 'The document with its version', ...json(VersionedDevice) },
        304: { description: 'The version has not changed' },
        ...problems('device_unknown'),
      },
    }),
    (c) => {
      const device = devices.get(c.req.valid('param').id);
      if (!device) throw new VigiaError('device_unknown');
      c.header('ETag', etag(device));
      if (c.req.header('if-none-match') === etag(device)) return c.body(null, 304);
      return c.json(device, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/devices',
      audit: 'device.created',
      reach: 'filtered',
      tags,
      summary: 'Provision a device',
      request: { body: { required: true, ...json(NewDevice) } },
      responses: {
        201: { description: 'The id and the token, which is shown only once', ...json(DeviceToken) },
        ...problems('conflict', 'fleet_full', 'unavailable'),
      },
    }),
    async (c) => {
      const wanted = c.req.valid('json');
      const view = c.get('view');
      mustHaveGroup(view, wanted.group ?? null);
      if (view.groups && wanted.id !== undefined) await mustBeUnused({ devices, history }, blocks, wanted.id);
      const { id, token } = await devices.provision(wanted);
      done(c, { deviceId: id, details: { fields: Object.keys(wanted).filter((field) => field !== 'id') } });
      return c.json({ id, token }, 201, { Location: `/api/v1/devices/${id}` });
    },
  );

  api.openapi(
    secured('admin', {
      method: 'patch',
      path: '/devices/{id}',
      audit: 'device.edited',
      tags,
      summary: 'Edit a device',
      description: 'Fields that are missing stay; null clears. With If-Match, only if the version has not changed.',
      request: {
        params: DeviceParams,
        headers: z.object({ 'if-match': z.string().optional().meta({ example: '"12"' }) }),
        body: { required: true, ...json(DeviceEditBody) },
      },
      responses: {
        200: { description: 'The document with its new version', ...json(VersionedDevice) },
        ...problems('device_unknown', 'conflict'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const edit = c.req.valid('json');
      if (edit.group !== undefined) mustHaveGroup(c.get('view'), edit.group);
      const device = await devices.edit(id, edit, versionOf(c.req.valid('header')['if-match']));
      done(c, { details: { fields: Object.keys(edit) } });
      c.header('ETag', etag(device));
      return c.json(device, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/devices/{id}',
      audit: 'device.removed',
      tags,
      summary: 'Remove a device',
      description: 'Ends its session and its commands, and deletes it. With `block=true` its id is also blocked.',
      request: { params: DeviceParams, query: z.object({ block: z.enum(['true', 'false']).default('false') }) },
      responses: { 204: { description: 'The device was removed' }, ...problems('device_unknown') },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const block = c.req.valid('query').block === 'true';
      if (!devices.get(id)) throw new VigiaError('device_unknown');
      // Block first: the player then learns that it may return once it is unblocked.
      if (block) await blocks.add(id, c.get('identity').name, undefined);
      await devices.remove(id);
      done(c, { details: { block } });
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/devices',
      audit: 'device.removed',
      reach: 'filtered',
      tags,
      summary: 'Remove a device by any id',
      description: 'For ids that cannot be part of a path, such as `..`. Otherwise the same as DELETE /devices/{id}.',
      request: { query: z.object({ id: z.string().min(1).max(128).meta({ description: 'The device' }) }) },
      responses: { 204: { description: 'The device was removed' }, ...problems('device_unknown') },
    }),
    async (c) => {
      const { id } = c.req.valid('query');
      if (!c.get('view').knows(id)) throw new VigiaError('device_unknown');
      await devices.remove(id);
      done(c, { deviceId: id });
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('operator', {
      method: 'delete',
      path: '/devices/{id}/restriction',
      audit: 'device.restriction_lifted',
      tags,
      summary: 'Lift the restriction of a device',
      description:
        'The device may reconnect at once, and earlier offences do not count. If it continues, it is restricted again.',
      request: { params: DeviceParams },
      responses: { 204: { description: 'The device is not restricted' }, ...problems('device_unknown') },
    }),
    async (c) => {
      await devices.liftRestriction(c.req.valid('param').id);
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/devices/{id}/token',
      audit: 'device.token_rotated',
      tags,
      summary: "Rotate a device's token",
      description: 'The old token becomes invalid. With `disconnect`, the session of the device must sign in again.',
      request: { params: DeviceParams, body: { required: false, ...json(Rotation) } },
      responses: {
        200: { description: 'The new token, which is shown only once', ...json(DeviceToken) },
        ...problems('device_unknown'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { disconnect = false } = (c.req.valid('json') as z.output<typeof Rotation> | undefined) ?? {};
      const token = await devices.rotateToken(id, disconnect);
      done(c, { details: { disconnect } });
      return c.json({ id, token }, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/devices/{id}/token',
      audit: 'device.token_removed',
      tags,
      summary: "Remove a device's token",
      description: "The device can use the fleet's token again (DEVICE_AUTH=shared).",
      request: { params: DeviceParams },
      responses: {
        204: { description: 'The device has no token of its own' },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!devices.get(id)) throw new VigiaError('device_unknown');
      await tokens.remove(id);
      return c.body(null, 204);
    },
  );
}

/**
 * A token with groups may only use its own groups.
 * @throws VigiaError `forbidden`
 */
export function mustHaveGroup(view: View, group: string | null): void {
  if (!view.hasGroup(group)) throw new VigiaError('forbidden', 'Name one of the groups that your token is for.');
}

/** Devices searched per tick of the event loop; takes some milliseconds. */
const SEARCHED_AT_ONCE = 500;

/** One page of the matching devices, ordered by id. */
async function page(
  all: Iterable<VersionedDocument>,
  query: DeviceQuery,
  view: View,
  now: number,
): Promise<z.input<typeof DevicePage>> {
  const { status, group, q = '', cursor, limit } = query;
  const after = cursor === undefined ? '' : marks.decode(cursor);
  const matches = matcherOf(readFilter('q', q));
  const listed = [...all].filter(
    ({ document }) =>
      document.id > after &&
      view.sees(document) &&
      (status === undefined || document.connection.status === status) &&
      (group === undefined || document.group === group),
  );
  listed.sort((a, b) => (a.document.id < b.document.id ? -1 : 1));
  const devices: VersionedDocument[] = [];
  for (const [i, device] of listed.entries()) {
    if (i % SEARCHED_AT_ONCE === SEARCHED_AT_ONCE - 1) await setImmediate();
    if (!matches(device.document, now)) continue;
    if (devices.length === limit) return { devices, cursor: marks.encode(devices.at(-1)?.document.id as string) };
    devices.push(device);
  }
  return { devices };
}

const etag = ({ version }: VersionedDocument): string => `"${version}"`;

function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const version = /^"(\d{1,15})"$/.exec(ifMatch)?.[1];
  if (version !== undefined) return Number(version);
  throw new VigiaError('invalid_payload', undefined, [{ path: 'if-match', message: 'a quoted version, such as "12"' }]);
}
