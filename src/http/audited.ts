import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Audit } from '../ports/audit.ts';
import { ID } from '../protocol/schema.ts';
import { addressOf, type HttpEnv } from './env.ts';

/** What a handler knows of what was done. */
export interface Facts {
  /** Where the address does not name it. */
  deviceId?: string | undefined;
  details?: Record<string, unknown>;
}

/** Gives every request its way into the audit. */
export function keepAudit(audit: Audit): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('audit', audit);
    return next();
  };
}

/** An act is recorded when its answer goes out, or as soon as its handler calls `done`. */
export function audited(kind: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('act', kind);
    await next();
    record(c, c.get('refusal') ?? (c.res.ok ? 'ok' : 'invalid_payload'), {});
  };
}

/** The act is done; this is what is to be known of it. */
export function done(c: Context<HttpEnv>, facts: Facts): void {
  record(c, 'ok', facts);
}

/** A valid token that asked for more than its role allows (SPEC A4). */
export function recordForbidden(c: Context<HttpEnv>): void {
  const { tokenId, name } = c.get('identity');
  const details = { request: `${c.req.method} ${routePath(c)}`, tokenId, address: addressOf(c) };
  c.get('audit').record({ actor: name, kind: 'request.refused', outcome: 'forbidden', details });
}

/** Once for each act. */
function record(c: Context<HttpEnv>, outcome: string, { deviceId = deviceIn(c.req.path), details }: Facts): void {
  const kind = c.get('act');
  if (kind === undefined) return;
  c.set('act', undefined);
  const { tokenId, name } = c.get('identity');
  c.get('audit').record({
    actor: name,
    kind,
    deviceId,
    outcome,
    details: { ...details, tokenId, address: addressOf(c) },
  });
}

/** The device that an address is about. */
function deviceIn(path: string): string | undefined {
  return ID.safeParse(/^\/api\/v1\/devices\/([^/]+)/.exec(path)?.[1]).data;
}
