import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';

export type AdminRefusal = 'missing' | 'wrong' | 'cross_origin';

/** `unauthorized`, with a reason for the metrics. */
export class AdminAuthError extends VigiaError {
  readonly reason: AdminRefusal;

  constructor(reason: AdminRefusal, message?: string) {
    super('unauthorized', message);
    this.reason = reason;
  }
}

interface Handshake {
  token: unknown;
  /** The secret in the console's cookie. A token is preferred. */
  session: string | undefined;
  /** Whether the connection was opened by a page of this server, which a cookie needs. */
  isSameOrigin: boolean;
}

/**
 * Authenticates a handshake by its token, or by the cookie of a console session.
 * @throws AdminAuthError
 */
export function createAdminAuth(
  tokens: {
    verify(token: string): Identity | undefined;
    expiry(token: string): string | undefined;
  },
  sessions: { verify(secret: string): Identity | undefined },
) {
  return ({ token, session, isSameOrigin }: Handshake): Identity => {
    if (typeof token !== 'string' || token === '') {
      if (session === undefined) throw new AdminAuthError('missing');
      // Browsers send cookies with WebSockets of any page.
      if (!isSameOrigin)
        throw new AdminAuthError('cross_origin', 'A session is valid on pages of its own server only.');
      const identity = sessions.verify(session);
      if (!identity) throw new AdminAuthError('wrong', 'The session has ended.');
      return identity;
    }
    const identity = tokens.verify(token);
    if (!identity) throw new AdminAuthError('wrong', expired(tokens.expiry(token)));
    return identity;
  };
}

/** Whoever has the token may know that it expired. */
const expired = (at: string | undefined): string | undefined => at && `The token expired at ${at}.`;
