import { expect, test } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const KEY = new Uint8Array(32).fill(7);

test('A11 any instance with the same database accepts it; it expires, and ends with a changed ADMIN_TOKEN', async () => {
  const clock = simulatedClock();
  const open = (key = KEY) => AdminTokens.load(createMemoryStateStore(), clock, 'the-first-admin-token', () => {}, key);
  const [one, other, stranger] = [await open(), await open(), await open(new Uint8Array(32))];
  const admin = one.verify('the-first-admin-token');
  if (!admin) throw new Error('the configured token is valid');
  const { token } = one.exchange(admin, { role: 'viewer', lifetimeMs: 60_000 });
  expect(other.verify(token)).toMatchObject({ name: 'admin', role: 'viewer', parentId: 'bootstrap' });
  expect(other.verify(token)?.tokenId).not.toBe('bootstrap');
  expect(other.verify(one.exchange(admin, { lifetimeMs: 1000 }).token)?.tokenId).toBe('bootstrap');
  expect(stranger.verify(token)).toBeUndefined();
  for (const wrong of ['vx_', 'vx_.', `vx_e30.${'a'.repeat(43)}`, `vx_bnVsbA.${'a'.repeat(43)}`]) {
    expect(one.verify(wrong)).toBeUndefined();
  }
  other.replaceBootstrap('the-second-admin-token');
  expect(other.verify(token)).toBeUndefined();
  clock.step(60_000);
  expect([one.verify(token), one.expiry(token)]).toEqual([undefined, expect.stringMatching(/Z$/)]);
});
