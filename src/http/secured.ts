import { createRoute, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { requireRole } from '../access/roles.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Identity, Role } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import { problems } from './schemas.ts';

export type HttpEnv = { Variables: { identity: Identity; requestId: string } };
export type Api = OpenAPIHono<HttpEnv>;

/** Where the OpenAPI document says which role a call needs. */
export const ROLE = 'x-required-role';

interface Gate {
  tokens: { verify(token: string): Identity | undefined };
  metrics: Pick<Metrics, 'authFailure'>;
}

/** Lets nobody past without a valid token. What a token may do is decided route by route, by `secured`. */
export function authenticate({ tokens, metrics }: Gate): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const token = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    const identity = token === undefined ? undefined : tokens.verify(token);
    if (!identity) {
      metrics.authFailure('rest', token === undefined ? 'missing' : 'invalid');
      throw new VigiaError('unauthorized');
    }
    c.set('identity', identity);
    return next();
  };
}

/** Declares a route together with the role it needs: enforced, and told in the OpenAPI document. */
export function secured<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(role: Role, route: R) {
  const guarded = {
    ...route,
    middleware: requires(role),
    security: [{ bearer: [] }],
    [ROLE]: role,
    responses: { ...problems('invalid_payload', 'unauthorized', 'forbidden', 'internal'), ...route.responses },
  };
  return createRoute<P, R>(guarded);
}

function requires(role: Role): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    requireRole(c.get('identity'), role);
    return next();
  };
}

/**
 * Refuses to start with a route that says nothing about who may call it.
 * @throws Error that names the routes
 */
export function refuseUnsecured(app: Api, open: readonly string[]): void {
  const declared = new Set<string>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { method, path, [ROLE]: role } = definition.route as RouteConfig;
    if (role !== undefined) declared.add(`${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ':$1')}`);
  }
  const unsecured = app.routes
    // `ALL` is what middleware is registered with.
    .filter(({ method, path }) => method !== 'ALL' && !declared.has(`${method} ${path}`) && !open.includes(path))
    .map(({ method, path }) => `${method} ${path}`);
  if (unsecured.length > 0) throw new Error(`Declare these routes with secured(): ${unsecured.join(', ')}`);
}

/** Logs a valid token that asked for more than its role allows (CONTRACT A4). */
export function recordForbidden(log: Logger, identity: Identity, method: string, path: string): void {
  log.warn({ tokenId: identity.tokenId, tokenName: identity.name, role: identity.role, method, path }, 'forbidden');
}
