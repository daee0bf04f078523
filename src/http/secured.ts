import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { requireRole } from '../access/roles.ts';
import { isSameOrigin, SESSION_HEADER, sessionSecretIn } from '../access/session-cookie.ts';
import { viewOf } from '../access/view.ts';
import type { Devices } from '../fleet/api.ts';
import type { Audit } from '../ports/audit.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Role } from '../protocol/roles.ts';
import { audited } from './audited.ts';
import { type Api, addressOf, type HttpEnv } from './env.ts';
import { problems } from './schemas.ts';

export { type Api, addressOf, type HttpEnv } from './env.ts';

/** OpenAPI extension: the role that a call needs. */
export const ROLE = 'x-required-role';
/** OpenAPI extension: the call's kind in the audit log. */
const AUDIT = 'x-audit';

/**
 * Which devices a call concerns. This limits tokens with groups:
 * `device`: the one in the path (the default if there is one); `device_unknown` if it is in none of the token's groups.
 * `filtered`: the handler omits what its `view` does not see.
 * `fleet`: all; forbidden to tokens with groups.
 * `everybody`: none.
 */
export type Reach = 'device' | 'filtered' | 'fleet' | 'everybody';
/** OpenAPI extension: the call's reach. */
export const REACH = 'x-reach';

export interface Gate {
  devices: Pick<Devices, 'lookUp'> & { get(id: string): { document: { group: string | null } } | undefined };
  tokens: { verify(token: string): Identity | undefined };
  /** Of the console, by the secret in their cookie. */
  sessions: {
    verify(secret: string): Identity | undefined;
    /** Whether to verify it again; undefined if the result is final. */
    settle(secret: string): Promise<boolean> | undefined;
  };
  metrics: Pick<Metrics, 'authFailure'>;
  audit: Audit;
  /** Limits token guesses per address. */
  guesses: { attempt<T>(address: string, token: string, check: () => T): T };
  /** Takes one request from the token's rate limit; false if there is none left. */
  mayAsk(tokenId: string): boolean;
}

const bearerOf = (authorization: string | undefined) => /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
export const tokenOf = (c: Context<HttpEnv>) => bearerOf(c.req.header('authorization'));

/** Requires a valid token, or the cookie of a console session. `secured` checks per route what the token may do. */
export function authenticate({ devices, ...gate }: Gate): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const identity = (await identify(c, gate)) ?? refuse(c, gate, credentialOf(c));
    if (!gate.mayAsk(identity.parentId ?? identity.tokenId))
      throw new VigiaError('rate_limited', 'Too many requests with this token.');
    c.set('identity', identity);
    c.set('view', viewOf(identity, devices));
    c.set('lookUp', (ids) => devices.lookUp?.(ids));
    if (identity.sessionId !== undefined && !isRead(c) && !isOfConsole(c)) throw new VigiaError('forbidden', NO_PROOF);
    return next();
  };
}

/**
 * Is the request by a page of this server? A cookie proves only who the browser's user is, not that they want this.
 * SPEC A10.
 */
export function isOfConsole(c: Context<HttpEnv>): boolean {
  const { req, env } = c;
  return (
    req.header(SESSION_HEADER) !== undefined &&
    isSameOrigin({
      origin: req.header('origin'),
      secFetchSite: req.header('sec-fetch-site'),
      host: req.header('host'),
      forwardedHost: env?.isTrusted ? req.header('x-forwarded-host') : undefined,
    })
  );
}

const NO_PROOF =
  'A session acts for pages of this server only. If this is one of them, its proxy must pass on the header Host.';

const isRead = ({ req }: Context<HttpEnv>) => req.method === 'GET' || req.method === 'HEAD';

/** The token in the header; otherwise the console's cookie. */
const credentialOf = (c: Context<HttpEnv>) =>
  tokenOf(c) ?? sessionSecretIn(c.req.header('cookie'), c.req.header('host'));

/**
 * Whom the request is by; undefined if it has no valid credential.
 * @throws VigiaError `rate_limited`, `unavailable`
 */
export async function identify(
  c: Context<HttpEnv>,
  { tokens, sessions, ...gate }: Pick<Gate, 'tokens' | 'sessions' | 'guesses' | 'audit'>,
): Promise<Identity | undefined> {
  const credential = credentialOf(c);
  if (credential === undefined) return undefined;
  if (tokenOf(c) !== undefined) return attempt(c, gate, credential, () => tokens.verify(credential));
  const isChanged = await sessions.settle(credential);
  // The session is valid, but the body was not read.
  if (isChanged && c.env?.refused) throw new VigiaError('unavailable', 'The session is new here: send it again.');
  return attempt(c, gate, credential, () => sessions.verify(credential));
}

/**
 * The result of `check`, within the address's limit for guesses.
 * @throws VigiaError `rate_limited`
 */
function attempt<T>(
  c: Context<HttpEnv>,
  { guesses, audit }: Pick<Gate, 'guesses' | 'audit'>,
  token: string,
  check: () => T | undefined,
) {
  try {
    // `checkBody` has already checked and counted this token.
    if (c.env?.refused) throw c.env.refused;
    return guesses.attempt(addressOf(c), token, () => {
      const found = check();
      if (found === undefined) throw new VigiaError('unauthorized');
      return found;
    });
  } catch (error) {
    if (error instanceof VigiaError && error.code === 'unauthorized') return undefined;
    const details = { audience: 'rest', reason: 'guessing' };
    audit.record({ actor: addressOf(c), kind: 'login.failed', outcome: 'rate_limited', details });
    throw error;
  }
}

function refuse(c: Context<HttpEnv>, gate: Pick<Gate, 'metrics' | 'audit'>, token: string | undefined): never {
  recordRefusal(c, gate, token);
  throw new VigiaError('unauthorized');
}

/** Counts and records a refused sign-in. */
export function recordRefusal(
  c: Context<HttpEnv>,
  { metrics, audit }: Pick<Gate, 'metrics' | 'audit'>,
  token: string | undefined,
): void {
  const reason = token === undefined ? 'missing' : 'wrong';
  const actor = addressOf(c);
  metrics.authFailure('rest', reason);
  audit.record({ actor, kind: 'login.failed', outcome: 'unauthorized', details: { audience: 'rest', reason } });
}

/** The kind of a changing call in the audit log; GET has none. */
type Audited<M> = M extends 'get' ? { audit?: never } : { audit: string | typeof READS };
/** For a call with a body that changes nothing. */
export const READS = null;

/** Declares a route with its role, reach and audit kind. All three are enforced and appear in the OpenAPI document. */
export function secured<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(
  role: Role,
  route: R & Audited<R['method']> & { reach?: Reach },
) {
  const { audit: kind, reach: declared } = route as { audit?: string | typeof READS; reach?: Reach };
  const audit = kind ?? undefined;
  const reach = declared ?? (/\/devices\/\{id\}/.test(route.path) ? 'device' : undefined);
  if (!reach) throw new Error(`Say whose matters ${route.method} ${route.path} is about: reach`);
  const guarded = {
    ...route,
    // The extensions below replace these two.
    audit: undefined,
    reach: undefined,
    middleware: [
      requires(role, reach),
      ...(audit === undefined ? [] : [audited(audit)]),
      ...(reach === 'device' ? [seesDevice] : []),
    ],
    [REACH]: reach,
    security: [{ bearer: [] }],
    [ROLE]: role,
    ...(audit !== undefined && { [AUDIT]: audit }),
    responses: { ...problems('invalid_payload', 'unauthorized', 'forbidden', 'internal'), ...route.responses },
  };
  return createRoute<P, R>(guarded);
}

/** Decides whether a token may act as a device. */
export interface DeviceCheck {
  isDevice(deviceId: string, token: string | undefined): boolean;
  /**
   * Call this after a check. Resolves with whether to check again. Undefined if the result of the check is final.
   * @throws VigiaError `unavailable`
   */
  settle(deviceId: string, token: string): Promise<boolean> | undefined;
}

/** Declares a route for players: the token must be allowed to act as the device in the path. */
export function securedForDevice<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(
  gate: Pick<Gate, 'metrics' | 'audit' | 'guesses'>,
  { isDevice, settle }: DeviceCheck,
  limit: MiddlewareHandler,
  route: R,
) {
  const authenticateDevice: MiddlewareHandler<HttpEnv> = async (c, next) => {
    const token = tokenOf(c);
    const id = c.req.param('id') ?? '';
    if (token === undefined) return refuse(c, gate, token);
    const check = () => attempt(c, gate, token, () => isDevice(id, token) || undefined);
    const first = check();
    const isChanged = await settle(id, token);
    // The token is valid after all, but the body was not read.
    if (isChanged && c.env?.refused) throw new VigiaError('unavailable', 'The token has changed: send it again.');
    return (isChanged ? check() : first) ? next() : refuse(c, gate, token);
  };
  const guarded = {
    ...route,
    middleware: [authenticateDevice, limit],
    security: [{ bearer: [] }],
    [ROLE]: 'device',
    responses: { ...problems('invalid_payload', 'unauthorized', 'internal'), ...route.responses },
  };
  return createRoute<P, R>(guarded);
}

function requires(role: Role, reach: Reach): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const identity = c.get('identity');
    requireRole(identity, role);
    if (reach === 'fleet' && identity.groups) {
      throw new VigiaError(
        'forbidden',
        `This concerns the whole fleet; the token "${identity.name}" is for some groups.`,
      );
    }
    return next();
  };
}

const seesDevice: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await c.get('lookUp')([c.req.param('id') ?? '']);
  if (!c.get('view').knows(c.req.param('id') ?? '')) throw new VigiaError('device_unknown');
  return next();
};

/**
 * Guards against routes without access control: fails at startup.
 * @throws Error that lists the routes
 */
export function refuseUnsecured(app: Api, open: readonly string[]): void {
  const declared = new Set<string>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { method, path, [ROLE]: role } = definition.route as RouteConfig;
    if (role !== undefined) declared.add(`${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ':$1')}`);
  }
  const unsecured = app.routes
    // Middleware is registered as `ALL`.
    .filter(({ method, path }) => method !== 'ALL' && !declared.has(`${method} ${path}`) && !open.includes(path))
    .map(({ method, path }) => `${method} ${path}`);
  if (unsecured.length > 0) throw new Error(`Declare these routes with secured(): ${unsecured.join(', ')}`);
}

/** Whether to read a body. `skip`: there is no token or no body; an error: the token is wrong. */
export type BodyVerdict = 'read' | 'skip' | VigiaError;

/** Checks the token by the head alone, so that bodies of unauthenticated requests are not read. */
export function createBodyCheck(
  { tokens, sessions, guesses }: Pick<Gate, 'tokens' | 'guesses'> & { sessions: Pick<Gate['sessions'], 'verify'> },
  isDevice: (deviceId: string, token: string | undefined) => boolean,
): (
  path: string,
  sender: { authorization?: string | undefined; cookie?: string | undefined; host?: string | undefined },
  address: string,
) => BodyVerdict {
  return (path, { authorization, cookie, host }, address) => {
    const bearer = bearerOf(authorization);
    const token = bearer ?? sessionSecretIn(cookie, host);
    const [, deviceId] = /^\/api\/v1\/devices\/([^/]+)\/(?:snapshot|reports)\/?$/.exec(path) ?? [];
    if (token === undefined) return 'skip';
    const source = bearer === undefined ? sessions : tokens;
    try {
      return guesses.attempt(address, token, () => {
        if (deviceId === undefined ? source.verify(token) : isDevice(decoded(deviceId), bearer)) return 'read';
        throw new VigiaError('unauthorized');
      });
    } catch (error) {
      if (error instanceof VigiaError) return error;
      throw error;
    }
  };
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
