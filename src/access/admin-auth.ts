import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';

/** `unauthorized`, with a reason for the metrics. */
export class AdminAuthError extends VigiaError {
  readonly reason: 'missing' | 'wrong';

  constructor(reason: 'missing' | 'wrong') {
    super('unauthorized');
    this.reason = reason;
  }
}

/**
 * Authenticates a handshake by its token.
 * @throws AdminAuthError
 */
export function createAdminAuth(tokens: { verify(token: string): Identity | undefined }) {
  return (token: unknown): Identity => {
    if (typeof token !== 'string' || token === '') throw new AdminAuthError('missing');
    const identity = tokens.verify(token);
    if (!identity) throw new AdminAuthError('wrong');
    return identity;
  };
}
