import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The kind of a token, readable from its prefix: admin, fleet, device, session, pairing. */
export type TokenPrefix = 'va_' | 'vp_' | 'vd_' | 'vs_' | 'vc_';

/** A new secret of 256 random bits. */
export function newToken(prefix: TokenPrefix): string {
  return prefix + randomBytes(32).toString('base64url');
}

/**
 * The stored form of a token. A slow, salted hash protects passwords that people choose; 256 random bits cannot be
 * guessed anyway, and each request pays for the hash.
 */
export function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Compares in constant time, so that the timing reveals nothing about the hash. */
export function matches(token: string, expectedHash: string): boolean {
  const actual = Buffer.from(hash(token));
  const expected = Buffer.from(expectedHash);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** Whether the token has the form of `newToken`'s: 256 bits cannot be guessed. */
export const isGenerated = (token: string): boolean =>
  /^v(?:[apds]_|x_[A-Za-z0-9_-]{1,32768}\.)[A-Za-z0-9_-]{43}$/.test(token);
