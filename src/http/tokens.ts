import { z } from '@hono/zod-openapi';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Role } from '../protocol/roles.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import {
  CreatedToken,
  ExchangedToken,
  json,
  Me,
  NewToken,
  ProblemSchema,
  problems,
  TokenExchange,
  TokenList,
} from './schemas.ts';
import { type Api, addressOf, secured } from './secured.ts';

export interface TokenInfo {
  id: string;
  name: string;
  role: Role;
  groups?: readonly string[];
  createdAt: string;
  expiresAt?: string;
  lastUsedAt?: string;
  isUser?: true;
}

/** The admin tokens for REST. */
export interface Tokens {
  verify(token: string): Identity | undefined;
  /** Only this result contains the secret. */
  create(wanted: Pick<TokenInfo, 'name' | 'role' | 'groups' | 'expiresAt'>): Promise<TokenInfo & { token: string }>;
  /** @throws VigiaError `forbidden` */
  exchange(
    by: Identity,
    wanted: { role?: Role | undefined; groups?: readonly string[] | undefined; lifetimeMs: number },
  ): { token: string; is: Identity };
  list(): readonly TokenInfo[];
  /** A user whom the identity provider has signed in. */
  signInUser(subject: string, wanted: Pick<TokenInfo, 'name' | 'role' | 'groups'>): Promise<Identity>;
  /** False if the token does not exist. */
  remove(id: string): Promise<boolean>;
}

const tags = ['Tokens'];

export function tokenRoutes(api: Api, tokens: Tokens, clock: Pick<Clock, 'wall'>): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/me',
      reach: 'everybody',
      tags,
      summary: 'Read the name, role and groups of the token, and where the request comes from',
      responses: { 200: { description: 'The token, and the time of the server', ...json(Me) } },
    }),
    (c) => {
      const { name, role, groups } = c.get('identity');
      const address = addressOf(c);
      const connection = {
        address,
        peer: c.env?.peer ?? address,
        forwardedFor: c.req.header('x-forwarded-for') ?? '',
      };
      const now = new Date(clock.wall()).toISOString();
      return c.json({ name, role, ...(groups && { groups: [...groups] }), now, connection }, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/tokens',
      audit: 'token.created',
      reach: 'fleet',
      tags,
      summary: 'Create an admin token',
      request: { body: { required: true, ...json(NewToken) } },
      responses: {
        201: { description: 'The token, which is shown only once', ...json(CreatedToken) },
        ...problems('conflict'),
      },
    }),
    async (c) => {
      const { groups, expiresAt, ...wanted } = c.req.valid('json');
      if (c.get('identity').expiresAt !== undefined) throw new VigiaError('forbidden', OUTLIVES);
      if (expiresAt !== undefined && expiresAt <= clock.wall()) {
        throw new VigiaError('invalid_payload', undefined, [{ path: 'expiresAt', message: 'must be in the future' }]);
      }
      const until = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() };
      const created = await tokens.create({ ...wanted, ...(groups && { groups }), ...until });
      const { id, name, role } = created;
      done(c, { details: { id, name, role, ...(groups && { groups }), ...until } });
      return c.json({ ...withoutSecrets(created), token: created.token }, 201);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'post',
      path: '/tokens/exchange',
      audit: 'token.exchanged',
      reach: 'everybody',
      tags,
      summary: 'Exchange the token for a short-lived one',
      description:
        'For browsers: a server-side app exchanges its token, and the page gets the new one. It has the same rights or ' +
        'fewer, and ends with the token.',
      request: { body: { required: true, ...json(TokenExchange) } },
      responses: { 201: { description: 'The short-lived token', ...json(ExchangedToken) } },
    }),
    (c) => {
      const { lifetimeS, ...wanted } = c.req.valid('json');
      const { token, is } = tokens.exchange(c.get('identity'), { ...wanted, lifetimeMs: lifetimeS * 1000 });
      const { role, groups, expiresAt = 0 } = is;
      const facts = { role, ...(groups && { groups: [...groups] }), expiresAt: new Date(expiresAt).toISOString() };
      done(c, { details: facts });
      return c.json({ token, ...facts }, 201);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/tokens',
      reach: 'fleet',
      tags,
      summary: 'List admin tokens',
      responses: { 200: { description: 'All of them, without secrets', ...json(TokenList) } },
    }),
    (c) => c.json({ tokens: tokens.list().map(withoutSecrets) }, 200),
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/tokens/{id}',
      reach: 'fleet',
      audit: 'token.removed',
      tags,
      summary: 'Remove an admin token',
      request: { params: z.object({ id: z.string().min(1).max(128) }) },
      responses: {
        204: { description: 'The token is invalid' },
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

const OUTLIVES = 'A short-lived token cannot create one that outlives it.';

/** Lists the fields explicitly, so that the stored hash cannot leak. */
function withoutSecrets({ id, name, role, groups, createdAt, expiresAt, lastUsedAt, isUser }: TokenInfo) {
  return {
    id,
    name,
    role,
    ...(groups && { groups: [...groups] }),
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
    ...(isUser && { isUser }),
  };
}
