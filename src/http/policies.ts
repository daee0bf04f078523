import { z } from '@hono/zod-openapi';
import type { View } from '../access/view.ts';
import type { Devices } from '../fleet/api.ts';
import type { Policy } from '../protocol/alerts.ts';
import { VigiaError } from '../protocol/errors.ts';
import { mustBeNormal } from '../protocol/group-name.ts';
import { PolicyBody, PolicyPage } from './alert-schemas.ts';
import { done } from './audited.ts';
import { keyCursor } from './cursor.ts';
import { DeviceParams, json, problems } from './schemas.ts';
import { type Api, type Reach, secured } from './secured.ts';

type Scope = 'default' | `group:${string}` | `device:${string}`;

/** The alert policies for REST. */
export interface Policies {
  get(scope: Scope): Policy | undefined;
  /** Ordered by scope. */
  all(): { scope: Scope; policy: Policy }[];
  /**
   * Undefined removes the policy.
   * @throws VigiaError `conflict` (too many), `unavailable`
   */
  set(scope: Scope, policy: Policy | undefined): Promise<void>;
}

const tags = ['Alerts'];
const GroupParams = z.object({ group: z.string().min(1).max(256) });

const mark = keyCursor('policies', /^(default|(group|device):[\s\S]{1,256})$/);

const Query = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  cursor: z.string().max(2048).optional().meta({ description: 'The `cursor` of the previous page' }),
});

/** The list, and `GET`, `PUT` and `DELETE` of the default policy and those of groups and devices. */
export function policyRoutes(api: Api, policies: Policies, devices: Pick<Devices, 'get'>): void {
  routesOf('/policies/default', 'the default policy', z.object({}), () => 'default', 'fleet');
  routesOf('/policies/groups/{group}', 'the policy of a group', GroupParams, ({ group }) => `group:${group}`);
  routesOf('/policies/devices/{id}', 'the policy of a device', DeviceParams, ({ id }) => `device:${id}`);

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/policies',
      reach: 'filtered',
      tags,
      summary: 'List the stored policies',
      request: { query: Query },
      responses: { 200: { description: 'One page, ordered by scope', ...json(PolicyPage) } },
    }),
    (c) => {
      const { limit, cursor } = c.req.valid('query');
      const after = cursor === undefined ? '' : mark.decode(cursor);
      const view = c.get('view');
      const following = policies.all().filter(({ scope }) => scope > after && sees(view, scope));
      const page = following.slice(0, limit);
      const last = following.length > limit ? page.at(-1) : undefined;
      return c.json({ policies: page, ...(last && { cursor: mark.encode(last.scope) }) }, 200);
    },
  );

  function routesOf(
    path: string,
    whose: string,
    params: z.ZodObject,
    scopeOf: (given: Record<string, string>) => Scope,
    reach: Reach = 'filtered',
  ): void {
    api.openapi(
      secured('viewer', {
        method: 'get',
        path,
        reach: 'filtered',
        tags,
        summary: `Read ${whose}`,
        request: { params },
        responses: { 200: { description: 'The stored policy; empty if there is none', ...json(PolicyBody) } },
      }),
      (c) => {
        const scope = scopeOf(c.req.param());
        return c.json((sees(c.get('view'), scope) && policies.get(scope)) || {}, 200);
      },
    );

    api.openapi(
      secured('admin', {
        method: 'put',
        path,
        audit: 'policy.set',
        reach,
        tags,
        summary: `Set ${whose}`,
        description: 'For each field, the most specific of the default, group and device policies applies.',
        request: { params, body: { required: true, ...json(PolicyBody) } },
        responses: {
          200: { description: 'The stored value', ...json(PolicyBody) },
          ...problems('device_unknown', 'conflict', 'unavailable'),
        },
      }),
      async (c) => {
        const scope = scopeOf(c.req.param());
        const policy = c.req.valid('json');
        mustSee(c.get('view'), scope);
        if (scope.startsWith('group:')) mustBeNormal(scope.slice('group:'.length));
        if (scope.startsWith('device:') && !devices.get(scope.slice('device:'.length))) {
          throw new VigiaError('device_unknown');
        }
        await policies.set(scope, policy);
        done(c, { ...factsOf(scope), details: { scope, fields: Object.keys(policy) } });
        return c.json(policy, 200);
      },
    );

    api.openapi(
      secured('admin', {
        method: 'delete',
        path,
        audit: 'policy.removed',
        reach,
        tags,
        summary: `Remove ${whose}`,
        request: { params },
        responses: { 204: { description: 'There is no policy' }, ...problems('unavailable') },
      }),
      async (c) => {
        const scope = scopeOf(c.req.param());
        mustSee(c.get('view'), scope);
        await policies.set(scope, undefined);
        done(c, { ...factsOf(scope), details: { scope } });
        return c.body(null, 204);
      },
    );
  }
}

/** The default policy is visible to all tokens; others follow the groups of the token. */
function sees(view: View, scope: Scope): boolean {
  if (scope.startsWith('group:')) return view.hasGroup(scope.slice('group:'.length));
  return !scope.startsWith('device:') || view.knows(scope.slice('device:'.length));
}

/** @throws VigiaError `device_unknown`, `forbidden` */
function mustSee(view: View, scope: Scope): void {
  if (sees(view, scope)) return;
  if (scope.startsWith('device:')) throw new VigiaError('device_unknown');
  throw new VigiaError('forbidden', 'Name one of the groups that your token is for.');
}

const factsOf = (scope: Scope) =>
  scope.startsWith('device:') ? { deviceId: scope.slice('device:'.length) } : { deviceId: undefined };
