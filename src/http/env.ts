import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { View } from '../access/view.ts';
import type { Audit } from '../ports/audit.ts';
import type { Identity } from '../protocol/admin.ts';
import type { ErrorCode, VigiaError } from '../protocol/errors.ts';

/** What goes with every request. */
export interface HttpEnv {
  /** What the transport says of the caller; `refused`: its token was looked at there, before its body. */
  Bindings: { address?: string; refused?: VigiaError | undefined };
  Variables: {
    identity: Identity;
    /** What it may see. */
    view: View;
    requestId: string;
    audit: Audit;
    /** What this call is in the audit, while it is not recorded. */
    act: string | undefined;
    /** Why it was refused. */
    refusal: ErrorCode | undefined;
  };
}

export type Api = OpenAPIHono<HttpEnv>;

export const addressOf = (c: Context<HttpEnv>): string => c.env?.address ?? 'unknown';
