import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed. A signature for one purpose is not valid for another. */
export type Purpose = 'token' | 'picture';

/** HMAC-SHA-256 with the fleet's signing key. */
export const sign = (key: Uint8Array, purpose: Purpose, text: string): string =>
  createHmac('sha256', key).update(`${purpose}\n${text}`).digest('base64url');

/** Compares in constant time. */
export function isSigned(key: Uint8Array, purpose: Purpose, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(key, purpose, text));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
