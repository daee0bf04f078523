import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Role } from '../protocol/roles.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import { CreatedToken, json, Me, NewToken, ProblemSchema, problems, TokenList } from './schemas.ts';
import { type Api, secured } from './secured.ts';

export interface TokenInfo {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  lastUsedAt?: string;
}

/** What REST needs of the admin tokens. */
export interface Tokens {
  verify(token: string): Identity | undefined;
  /** The secret is in the answer this once. */
  create(wanted: { name: string; role: Role }): Promise<TokenInfo & { token: string }>;
  list(): readonly TokenInfo[];
  /** False when there is no such token. */
  remove(id: string): Promise<boolean>;
}

const tags = ['Tokens'];

export function tokenRoutes(api: Api, tokens: Tokens, clock: Pick<Clock, 'wall'>): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/me',
      tags,
      summary: 'Who the token is, and what it may do',
      responses: { 200: { description: 'Its name and role, and the time here', ...json(Me) } },
    }),
    (c) => {
      const { name, role } = c.get('identity');
      return c.json({ name, role, now: new Date(clock.wall()).toISOString() }, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/tokens',
      audit: 'token.created',
      tags,
      summary: 'Create an admin token',
      request: { body: { required: true, ...json(NewToken) } },
      responses: { 201: { description: 'The token, shown this once', ...json(CreatedToken) }, ...problems('conflict') },
    }),
    async (c) => {
      const created = await tokens.create(c.req.valid('json'));
      const { id, name, role } = created;
      done(c, { details: { id, name, role } });
      return c.json({ ...withoutSecrets(created), token: created.token }, 201);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/tokens',
      tags,
      summary: 'List admin tokens',
      responses: { 200: { description: 'All of them, without their secrets', ...json(TokenList) } },
    }),
    (c) => c.json({ tokens: tokens.list().map(withoutSecrets) }, 200),
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/tokens/{id}',
      audit: 'token.removed',
      tags,
      summary: 'Withdraw an admin token',
      request: { params: z.object({ id: z.string().min(1).max(128) }) },
      responses: {
        204: { description: 'It is not valid any more' },
        ...problems('conflict'),
        404: {
          description: 'There is no such token',
          content: { 'application/problem+json': { schema: ProblemSchema } },
        },
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await tokens.remove(id))) return notFound('There is no such token.');
      done(c, { details: { id } });
      return c.body(null, 204);
    },
  );
}

/** Named one by one, so that a hash kept beside them cannot slip out. */
function withoutSecrets({ id, name, role, createdAt, lastUsedAt }: TokenInfo): TokenInfo {
  return { id, name, role, createdAt, ...(lastUsedAt !== undefined && { lastUsedAt }) };
}
