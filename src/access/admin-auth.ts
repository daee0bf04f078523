import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';

/** `unauthorized`, with a reason for the metrics. */
export class AdminAuthError extends VigiaError {
  readonly reason: 'missing' | 'wrong';

  constructor(reason: 'missing' | 'wrong', message?: string) {
    super('unauthorized', message);
    this.reason = reason;
  }
}

/**
 * Authenticates a handshake by its token.
 * @throws AdminAuthError
 */
export function createAdminAuth(tokens: {
  verify(token: string): Identity | undefined;
  expiry(token: string): string | undefined;
}) {
  return (token: unknown): Identity => {
    if (typeof token !== 'string' || token === '') throw new AdminAuthError('missing');
    const identity = tokens.verify(token);
    if (!identity) throw new AdminAuthError('wrong', expired(tokens.expiry(token)));
    return identity;
  };
}

/** Whoever has the token may know that it expired. */
const expired = (at: string | undefined): string | undefined => at && `The token expired at ${at}.`;
