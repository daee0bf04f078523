import { expect, test } from 'vitest';
import { errors, publicError, VigiaError } from '../../../src/protocol/errors.ts';

const CODES = [
  ...['invalid_payload', 'payload_too_large', 'rate_limited', 'unauthorized', 'forbidden', 'not_registered'],
  ...['device_mismatch', 'device_unknown', 'session_replaced', 'revoked', 'command_unknown', 'command_invalid'],
  'unproven',
  ...['queue_full', 'conflict', 'blocked', 'fleet_full', 'restricted', 'draining', 'unavailable', 'internal'],
];

test('the table holds the codes of the protocol, and no others', () => {
  expect(Object.keys(errors).sort()).toEqual([...CODES].sort());
});

test('P9 a retryable error never ends the namespace, and an error that ends it is final', () => {
  for (const [code, { retry, closes }] of Object.entries(errors)) {
    if (closes === 'session') expect(retry, code).toBe(false);
    if (closes === 'transport') expect(retry, code).toBe(true);
  }
});

test.each(Object.entries(errors))('%s has a meaning, and a fitting status', (_, { meaning, http }) => {
  expect(meaning).toMatch(/^[A-Z].*\.$/);
  expect(http).toBeGreaterThanOrEqual(400);
  expect(http).toBeLessThan(600);
});

test('of an unexpected error, nothing is revealed', () => {
  const secret = new TypeError('token abc at /srv/file.ts:1');
  expect(publicError(secret)).toEqual({ code: 'internal', message: errors.internal.meaning });
  expect(publicError('a string')).toMatchObject({ code: 'internal' });
  expect(JSON.stringify(publicError(new VigiaError('conflict')))).not.toContain('stack');
});

test('details are included if there are any, and only then', () => {
  const details = [{ path: 'a.b', message: 'wrong' }];
  expect(publicError(new VigiaError('invalid_payload', 'No.', details))).toEqual({
    code: 'invalid_payload',
    message: 'No.',
    details,
  });
  expect(publicError(new VigiaError('conflict'))).toEqual({ code: 'conflict', message: errors.conflict.meaning });
});
