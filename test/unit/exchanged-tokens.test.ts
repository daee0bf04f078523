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

test('A11 the database alone is not enough to make one, and its rights stay within those of the token', async () => {
  const clock = simulatedClock();
  const store = createMemoryStateStore();
  const open = (adminToken: string) => AdminTokens.load(store, clock, adminToken, () => {}, KEY);
  const one = await open('the-admin-token-of-this-fleet');
  const { token: stored } = await one.create({ name: 'app', role: 'operator', groups: ['lobby'] });
  const by = one.verify(stored);
  if (!by) throw new Error('a new token is valid');
  const { token } = one.exchange(by, { lifetimeMs: 60_000 });
  expect(one.verify(token)).toMatchObject({ role: 'operator', groups: ['lobby'] });
  // Whoever has the store and the key, but not ADMIN_TOKEN.
  const thief = await open('a-guess-of-the-admin-token');
  expect(thief.verify(token)).toBeUndefined();
  expect(one.verify(thief.exchange(by, { lifetimeMs: 60_000 }).token)).toBeUndefined();
  // Signed as it should be, but for more than the token may do.
  const forged = [{ role: 'admin' as const }, { groups: undefined }, { groups: ['roof'] }, { lifetimeMs: 90_000_000 }];
  for (const more of forged) {
    const { groups: _, ...boundless } = by;
    const lie = one.exchange(
      { ...boundless, role: 'admin' },
      { role: 'operator', groups: ['lobby'], lifetimeMs: 60_000, ...more },
    );
    expect(one.verify(lie.token), JSON.stringify(more)).toBeUndefined();
  }
});
