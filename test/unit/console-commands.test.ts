import { expect, test } from 'vitest';
import type { Admin } from '../../src/client/admin.ts';
import { ClientError } from '../../src/client/errors.ts';
import { createOrders } from '../../src/console/core/orders.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';

const failing = (error: unknown) => ({ send: () => Promise.reject(error) }) as unknown as Admin;
const refusal = (code: ErrorCode) => new ClientError({ code, message: code });

test.each([
  ['invalid_payload', 'undelivered'],
  ['forbidden', 'undelivered'],
  ['device_unknown', 'undelivered'],
  ['command_invalid', 'undelivered'],
  ['queue_full', 'undelivered'],
  ['internal', 'unknown'],
  ['unavailable', 'unknown'],
  ['draining', 'unknown'],
  ['unauthorized', 'unknown'],
  ['revoked', 'unknown'],
] as const)('the console: a command that failed with %s is %s', async (code, status) => {
  const order = await createOrders(failing(refusal(code))).send('a', 'vlc:play');
  expect(order).toMatchObject({ status, error: { code } });
});

test('the console claims nothing about a command that failed with another error', async () => {
  expect((await createOrders(failing(new TypeError('x'))).send('a', 'vlc:play')).status).toBe('unknown');
});
