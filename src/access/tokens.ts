import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token is for, readable from its beginning: admins, the fleet's players, one device. */
export type TokenPrefix = 'va_' | 'vp_' | 'vd_';

/** A fresh secret of 256 random bits. */
export function newToken(prefix: TokenPrefix): string {
  return prefix + randomBytes(32).toString('base64url');
}

/**
 * What is kept of a token. A slow, salted hash protects what people think up; 256 random bits cannot be guessed
 * however fast the hash is, and every request has to pay for it.
 */
export function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Compares in constant time, so that the answer's delay says nothing of the hash. */
export function matches(token: string, expectedHash: string): boolean {
  const actual = Buffer.from(hash(token));
  const expected = Buffer.from(expectedHash);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** Made by `newToken`, by its form: 256 bits are not guessed, however often somebody tries. */
export const isGenerated = (token: string): boolean => /^v[apd]_[A-Za-z0-9_-]{43}$/.test(token);
