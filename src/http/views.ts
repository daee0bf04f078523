import { z } from '@hono/zod-openapi';
import type { Identity } from '../protocol/admin.ts';
import { type ViewEdit as Edit, NewView, type SavedView, ViewEdit, type NewView as Wanted } from '../protocol/views.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, secured } from './secured.ts';

/** The saved views for REST. Undefined: the view does not exist, or the token does not see it. */
export interface ViewDesk {
  list(groups: Identity['groups']): Promise<SavedView[]>;
  /** @throws VigiaError `conflict` (a known name, or too many), `unavailable` */
  create(wanted: Wanted, by: Identity): Promise<SavedView>;
  edit(id: string, edit: Edit, by: Identity): Promise<SavedView | undefined>;
  remove(id: string, groups: Identity['groups']): Promise<SavedView | undefined>;
}

const tags = ['Views'];

const Body = NewView.meta({
  id: 'NewView',
  description: 'A view of the wall, for all users. `query`: of its address in the console.',
  example: { name: 'Trouble in Córdoba', query: 'group=Córdoba&status=offline,offAir&view=compact' },
});
const EditBody = ViewEdit.meta({ id: 'ViewEdit', description: 'Fields that are missing stay.' });
const Shown = z
  .object({
    id: z.string(),
    name: z.string(),
    query: z.string().meta({ description: "The query of the wall's address: filter, density and order" }),
    createdAt: time,
    createdBy: z.string().meta({ description: 'The name of the token' }),
    changedAt: time,
    changedBy: z.string(),
  })
  .openapi('View');
const List = z.object({ views: z.array(Shown) }).openapi('Views');

const params = z.object({ id: z.string().min(1).max(64).meta({ example: 'view-0f3c5a7b9d1e2f40' }) });
const unknown = {
  404: { description: 'There is no such view', content: { 'application/problem+json': { schema: ProblemSchema } } },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such view.') as never;

export function viewRoutes(api: Api, views: ViewDesk): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/views',
      reach: 'filtered',
      tags,
      summary: 'List the saved views, by name',
      description: 'A token with groups sees the views that tokens for its groups saved.',
      responses: { 200: { description: 'All of them', ...json(List) }, ...problems('unavailable') },
    }),
    async (c) => c.json({ views: await views.list(c.get('identity').groups) }, 200),
  );

  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/views',
      audit: 'view.created',
      reach: 'filtered',
      tags,
      summary: 'Save a view',
      request: { body: { required: true, ...json(Body) } },
      responses: { 201: { description: 'The view', ...json(Shown) }, ...problems('conflict', 'unavailable') },
    }),
    async (c) => {
      const created = await views.create(c.req.valid('json'), c.get('identity'));
      const { id, name, query } = created;
      done(c, { details: { id, name, query } });
      return c.json(created, 201);
    },
  );

  api.openapi(
    secured('operator', {
      method: 'patch',
      path: '/views/{id}',
      audit: 'view.edited',
      reach: 'filtered',
      tags,
      summary: 'Rename or replace a view',
      request: { params, body: { required: true, ...json(EditBody) } },
      responses: {
        200: { description: 'The changed view', ...json(Shown) },
        ...problems('conflict', 'unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const edit = c.req.valid('json');
      const edited = await views.edit(c.req.valid('param').id, edit, c.get('identity'));
      if (!edited) return none();
      const { id, name, query } = edited;
      done(c, { details: { id, name, query, fields: Object.keys(edit) } });
      return c.json(edited, 200);
    },
  );

  api.openapi(
    secured('operator', {
      method: 'delete',
      path: '/views/{id}',
      audit: 'view.removed',
      reach: 'filtered',
      tags,
      summary: 'Remove a view',
      request: { params },
      responses: { 204: { description: 'The view was removed' }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const removed = await views.remove(c.req.valid('param').id, c.get('identity').groups);
      if (!removed) return none();
      done(c, { details: { id: removed.id, name: removed.name } });
      return c.body(null, 204);
    },
  );
}
