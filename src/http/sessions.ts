import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ConsoleSession, NewConsoleSession } from '../access/console-sessions.ts';
import { cookieName, noSessionCookie, sessionCookie } from '../access/session-cookie.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import { roles } from '../protocol/roles.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, time } from './schemas.ts';
import {
  type Api,
  addressOf,
  type Gate,
  type HttpEnv,
  identify,
  isOfConsole,
  recordRefusal,
  secured,
} from './secured.ts';
import { type SingleSignOn, SSO_PATHS } from './single-sign-on.ts';

/** The sessions of the console for REST. */
export interface SessionDesk {
  verify(secret: string): Identity | undefined;
  settle(secret: string): Promise<boolean> | undefined;
  /** @throws VigiaError `rate_limited`, `unavailable` */
  open(by: Identity, from: { address: string; userAgent: string; maxMs?: number }): Promise<NewConsoleSession>;
  /** Those of a token, or all. */
  list(tokenId?: string): (ConsoleSession & Pick<Identity, 'name' | 'role'>)[];
  /** False if there is no such session, or it is of another token. */
  end(id: string, tokenId?: string): Promise<boolean>;
}

interface Deps extends Pick<Gate, 'tokens' | 'guesses' | 'audit' | 'metrics'> {
  sessions: SessionDesk;
  clock: Pick<Clock, 'wall'>;
  basePath: string;
  singleSignOn?: SingleSignOn | undefined;
}

const tags = ['Sessions'];
const groups = z.array(z.string()).optional();
const Opened = z
  .object({
    id: z.string(),
    name: z.string().meta({ description: 'The name of the token' }),
    role: z.enum(roles),
    groups: groups.meta({ description: 'The groups that the token sees; if missing: all' }),
    now: time.meta({ description: "The server's time" }),
  })
  .openapi('OpenedSession');
const Shown = z
  .object({
    id: z.string(),
    name: z.string().meta({ description: 'The name of the token' }),
    role: z.enum(roles),
    tokenId: z.string(),
    createdAt: time,
    lastUsedAt: time.optional(),
    expiresAt: time,
    address: z.string(),
    userAgent: z.string(),
    current: z.boolean().meta({ description: 'The session of this request' }),
  })
  .openapi('ConsoleSession');
const List = z.object({ sessions: z.array(Shown) }).openapi('ConsoleSessions');
const unknown = {
  404: { description: 'There is no such session', content: { 'application/problem+json': { schema: ProblemSchema } } },
};

/** Whose sessions the token may see and end: an admin of the whole fleet, all; others, their own. */
const reachOf = ({ role, groups, tokenId }: Identity) => (role === 'admin' && !groups ? undefined : tokenId);

export function sessionRoutes(api: Api, { sessions, clock, basePath }: Deps): void {
  api.openapi(
    secured('viewer', {
      method: 'post',
      path: '/session',
      audit: 'session.opened',
      reach: 'everybody',
      tags,
      summary: 'Sign in to the console with a token',
      description:
        'Sets a cookie. Only pages of this server can use it, and they must send the header `X-Vigia-Session`. ' +
        'Programs use their token instead.',
      responses: {
        201: { description: 'The session', ...json(Opened) },
        ...problems('rate_limited', 'unavailable'),
      },
    }),
    async (c) => {
      const identity = c.get('identity');
      if (identity.sessionId !== undefined || identity.expiresAt !== undefined)
        throw new VigiaError('invalid_payload', 'A session is opened with a token.');
      if (!isOfConsole(c)) throw new VigiaError('invalid_payload', NOT_CONSOLE);
      const opened = await openFor(c, sessions, identity, basePath);
      return c.json(shownOpened(opened.id, identity, clock), 201);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'delete',
      path: '/session',
      audit: 'session.ended',
      reach: 'everybody',
      tags,
      summary: 'Sign out of the console',
      responses: { 204: { description: 'The session has ended' }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const { sessionId, tokenId } = c.get('identity');
      if (sessionId === undefined || !(await sessions.end(sessionId, tokenId))) return none();
      done(c, { details: { id: sessionId } });
      c.header('Set-Cookie', noSessionCookie({ host: c.req.header('host'), basePath, isSecure: isHttps(c) }));
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/sessions',
      reach: 'filtered',
      tags,
      summary: 'List the sessions of the console, newest first',
      description: 'Admins of the whole fleet see all. Others see those that were opened with their token.',
      responses: { 200: { description: 'The sessions', ...json(List) } },
    }),
    (c) => {
      const identity = c.get('identity');
      const shown = sessions.list(reachOf(identity)).map((it) => ({
        id: it.id,
        name: it.name,
        role: it.role,
        tokenId: it.tokenId,
        createdAt: it.createdAt,
        ...(it.lastUsedAt !== undefined && { lastUsedAt: it.lastUsedAt }),
        expiresAt: it.expiresAt,
        address: it.address,
        userAgent: it.userAgent,
        current: it.id === identity.sessionId,
      }));
      return c.json({ sessions: shown }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'delete',
      path: '/sessions/{id}',
      audit: 'session.ended',
      reach: 'filtered',
      tags,
      summary: 'End a session of the console',
      description: 'Its pages are signed out at once.',
      request: { params: z.object({ id: z.string().min(1).max(64) }) },
      responses: { 204: { description: 'The session has ended' }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await sessions.end(id, reachOf(c.get('identity'))))) return none();
      done(c, { details: { id } });
      return c.body(null, 204);
    },
  );
}

/** For pages that do not know whether they are signed in: public, and no refusal. */
export function currentSession(app: Api, { sessions, clock, basePath, singleSignOn, ...gate }: Deps): void {
  const oidc = singleSignOn && { oidc: { name: singleSignOn.provider.name, path: SSO_PATHS[0] } };
  app.get('/api/v1/session', async (c) => {
    const cookies = c.req.header('cookie') ?? '';
    if (!cookies.includes(`${cookieName(c.req.header('host'))}=`) || c.req.header('authorization') !== undefined)
      return c.json({ session: null, ...oidc });
    const identity = await identify(c, { sessions, ...gate });
    if (identity?.sessionId !== undefined)
      return c.json({ session: shownOpened(identity.sessionId, identity, clock), ...oidc });
    recordRefusal(c, gate, 'wrong');
    c.header('Set-Cookie', noSessionCookie({ host: c.req.header('host'), basePath, isSecure: isHttps(c) }));
    return c.json({ session: null, ...oidc });
  });
}

/** Opens a session, and gives the browser its cookie. */
export async function openFor(
  c: Context<HttpEnv>,
  sessions: Pick<SessionDesk, 'open'>,
  identity: Identity,
  basePath: string,
  maxMs?: number,
): Promise<NewConsoleSession> {
  const userAgent = c.req.header('user-agent') ?? '';
  const from = { address: addressOf(c), userAgent, ...(maxMs !== undefined && { maxMs }) };
  const opened = await sessions.open(identity, from);
  const lifeMs = Date.parse(opened.expiresAt) - Date.parse(opened.createdAt);
  c.header(
    'Set-Cookie',
    sessionCookie(opened.secret, lifeMs, { host: c.req.header('host'), basePath, isSecure: isHttps(c) }),
    { append: true },
  );
  return opened;
}

/** Whether the browser came by https, here or at a trusted proxy. */
function isHttps({ env, req }: Context<HttpEnv>): boolean {
  const proto = env?.isTrusted ? req.header('x-forwarded-proto') : undefined;
  return env?.isTls === true || proto?.split(',')[0]?.trim().toLowerCase() === 'https';
}

const shownOpened = (id: string, { name, role, groups }: Identity, clock: Pick<Clock, 'wall'>) => ({
  id,
  name,
  role,
  ...(groups && { groups: [...groups] }),
  now: new Date(clock.wall()).toISOString(),
});

/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such session.') as never;

const NOT_CONSOLE =
  'Only a page of this server can open a session. If this is one of them, its proxy must pass on the header Host.';
