import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Audit } from '../ports/audit.ts';
import { ID } from '../protocol/schema.ts';
import { addressOf, type HttpEnv } from './env.ts';

/** Facts about an action that the handler adds. */
export interface Facts {
  /** Needed if the path does not contain the id. */
  deviceId?: string | undefined;
  details?: Record<string, unknown>;
}

/** Makes the audit log available to the handlers. */
export function auditRequests(audit: Audit): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('audit', audit);
    return next();
  };
}

/** Records an action when its response is sent, or earlier when the handler calls `done`. */
export function audited(kind: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('act', kind);
    await next();
    record(c, c.get('refusal') ?? (c.res.ok ? 'ok' : 'invalid_payload'), {});
  };
}

/** Records the action as done, with these facts. */
export function done(c: Context<HttpEnv>, facts: Facts): void {
  record(c, 'ok', facts);
}

/** Records a request beyond the token's role (SPEC A4). */
export function recordForbidden(c: Context<HttpEnv>): void {
  const details = { request: `${c.req.method} ${routePath(c)}`, ...by(c) };
  c.get('audit').record({ actor: c.get('identity').name, kind: 'request.refused', outcome: 'forbidden', details });
}

/** Writes at most one record per request. */
function record(c: Context<HttpEnv>, outcome: string, { deviceId = deviceIn(c.req.path), details }: Facts): void {
  const kind = c.get('act');
  if (kind === undefined) return;
  c.set('act', undefined);
  c.get('audit').record({
    actor: c.get('identity').name,
    kind,
    deviceId,
    outcome,
    details: { ...details, ...by(c) },
  });
}

function by(c: Context<HttpEnv>) {
  const { tokenId, sessionId } = c.get('identity');
  return { tokenId, ...(sessionId !== undefined && { sessionId }), address: addressOf(c) };
}

/** The device id in the path. */
function deviceIn(path: string): string | undefined {
  return ID.safeParse(/^\/api\/v1\/devices\/([^/]+)/.exec(path)?.[1]).data;
}
