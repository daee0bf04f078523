import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { View } from '../access/view.ts';
import type { Audit } from '../ports/audit.ts';
import type { Identity } from '../protocol/admin.ts';
import type { ErrorCode, VigiaError } from '../protocol/errors.ts';

/** Data that belongs to a request. */
export interface HttpEnv {
  /**
   * From the transport. `address` is the client's, `peer` that of the connection. `isTrusted`: the peer is a trusted
   * proxy. `isTls`: this server terminates TLS. `refused`: the token was already rejected, before reading the body.
   */
  Bindings: {
    address?: string;
    peer?: string;
    isTrusted?: boolean;
    isTls?: boolean;
    refused?: VigiaError | undefined;
  };
  Variables: {
    identity: Identity;
    /** What the token may see. */
    view: View;
    /** See `Devices`. */
    lookUp: (ids: readonly string[]) => Promise<void> | undefined;
    requestId: string;
    audit: Audit;
    /** The kind for the audit log; undefined once recorded. */
    act: string | undefined;
    /** The error code of a refusal. */
    refusal: ErrorCode | undefined;
  };
}

export type Api = OpenAPIHono<HttpEnv>;

export const addressOf = (c: Context<HttpEnv>): string => c.env?.address ?? 'unknown';
