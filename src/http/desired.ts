import { z } from '@hono/zod-openapi';
import type { View } from '../access/view.ts';
import type { Devices } from '../fleet/api.ts';
import type { Clock } from '../ports/clock.ts';
import { type DesiredSource, DesiredState, type SetDesired, type ShownDesired } from '../protocol/desired.ts';
import { VigiaError } from '../protocol/errors.ts';
import { mustBeNormal } from '../protocol/group-name.ts';
import { done } from './audited.ts';
import { Desired as DesiredAnswer, DeviceParams, json, problems } from './schemas.ts';
import { type Api, type Reach, secured } from './secured.ts';

type Scope = 'all' | `group:${string}` | `device:${string}`;

/** The desired states for REST. */
export interface Desired {
  get(scope: Scope): SetDesired | undefined;
  /** The desired state of a device, and its scope. */
  of(document: { id: string; group: string | null }): { target: SetDesired; source: DesiredSource } | undefined;
  /**
   * Undefined removes the state.
   * @throws VigiaError `conflict` (too many), `unavailable`
   */
  set(scope: Scope, state: SetDesired | undefined): Promise<void>;
}

interface Deps {
  desired: Desired;
  devices: Pick<Devices, 'get'>;
  clock: Pick<Clock, 'wall'>;
}

const tags = ['Desired'];
const GroupParams = z.object({ group: z.string().min(1).max(256) });

const Body = DesiredState.meta({
  id: 'DesiredState',
  description: 'The desired state of a screen. `during`: in the local time of the device; if missing, always.',
  example: { playback: 'playing', fullscreen: true, during: { mon: [['08:00', '22:00']] } },
});
/** `GET`, `PUT` and `DELETE` of the desired state of the fleet, a group or a device. */
export function desiredRoutes(api: Api, { desired, devices, clock }: Deps): void {
  routesOf('/desired', 'of the fleet', z.object({}), () => 'all', 'fleet');
  routesOf('/groups/{group}/desired', 'of a group', GroupParams, ({ group }) => `group:${group}`, 'filtered');
  routesOf('/devices/{id}/desired', 'of a device', DeviceParams, ({ id }) => `device:${id}`, 'device');

  function routesOf(
    path: string,
    whom: string,
    params: z.ZodObject,
    scopeOf: (given: Record<string, string>) => Scope,
    reach: Reach,
  ): void {
    api.openapi(
      secured('viewer', {
        method: 'get',
        path,
        reach: reach === 'fleet' ? 'filtered' : reach,
        tags,
        summary: `Read the desired state ${whom}`,
        request: { params },
        responses: { 200: { description: 'The stored value', ...json(DesiredAnswer) }, ...problems('device_unknown') },
      }),
      (c) => c.json(shown(scopeOf(c.req.param()), c.get('view')), 200),
    );

    api.openapi(
      secured('operator', {
        method: 'put',
        path,
        audit: 'desired.set',
        reach,
        tags,
        summary: `Set the desired state ${whom}`,
        description:
          'The server sends commands until the state is reached. The most specific of fleet, group and device applies.',
        request: { params, body: { required: true, ...json(Body) } },
        responses: {
          200: { description: 'The stored value', ...json(DesiredAnswer) },
          ...problems('device_unknown', 'conflict', 'unavailable'),
        },
      }),
      async (c) => {
        const scope = scopeOf(c.req.param());
        const wanted = c.req.valid('json');
        mustKnow(scope, c.get('view'));
        if (scope.startsWith('group:')) mustBeNormal(scope.slice('group:'.length));
        const setAt = new Date(clock.wall()).toISOString();
        await desired.set(scope, { ...wanted, setAt, setBy: c.get('identity').name });
        done(c, { details: { scope, ...wanted } });
        return c.json(shown(scope, c.get('view')), 200);
      },
    );

    api.openapi(
      secured('operator', {
        method: 'delete',
        path,
        audit: 'desired.removed',
        reach,
        tags,
        summary: `Remove the desired state ${whom}`,
        request: { params },
        responses: { 204: { description: 'There is no desired state' }, ...problems('device_unknown', 'unavailable') },
      }),
      async (c) => {
        const scope = scopeOf(c.req.param());
        mustKnow(scope, c.get('view'));
        await desired.set(scope, undefined);
        done(c, { details: { scope } });
        return c.body(null, 204);
      },
    );
  }

  function shown(scope: Scope, view: View): Partial<ShownDesired> {
    if (!scope.startsWith('device:')) {
      const isSeen = !scope.startsWith('group:') || view.hasGroup(scope.slice('group:'.length));
      return { ...(isSeen && desired.get(scope)) };
    }
    const device = devices.get(scope.slice('device:'.length));
    if (!device) throw new VigiaError('device_unknown');
    const wanted = desired.of(device.document);
    const current = device.document.desired;
    // The owning instance may not have seen the change yet.
    if (!wanted || (current?.setAt === wanted.target.setAt && current.source === wanted.source))
      return { ...(wanted && current) };
    return { ...wanted.target, source: wanted.source };
  }

  /** @throws VigiaError `device_unknown`, `forbidden` */
  function mustKnow(scope: Scope, view: View): void {
    if (scope.startsWith('device:') && !devices.get(scope.slice('device:'.length)))
      throw new VigiaError('device_unknown');
    if (scope.startsWith('group:') && !view.hasGroup(scope.slice('group:'.length)))
      throw new VigiaError('forbidden', 'Name one of the groups that your token is for.');
  }
}
