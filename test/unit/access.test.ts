import { expect, test, vi } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { DeviceTokens } from '../../src/access/device-tokens.ts';
import { FleetTokens } from '../../src/access/fleet-tokens.ts';
import { GuessLimit } from '../../src/access/guess-limit.ts';
import { createPlayerAuth, type PlayerAuthError } from '../../src/access/player-auth.ts';
import { createRequestRate } from '../../src/access/request-rate.ts';
import { spaced } from '../../src/access/spaced.ts';
import { hash, matches, newToken } from '../../src/access/tokens.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { deferred } from '../support/deferred.ts';
import { manualClock } from '../support/manual-clock.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

test('a token has 256 random bits and a prefix that names its purpose', () => {
  expect(newToken('va_')).toMatch(/^va_[A-Za-z0-9_-]{43}$/);
  expect(newToken('vd_')).not.toBe(newToken('vd_'));
});

test('a token matches only its own hash', () => {
  const token = newToken('vp_');
  expect(matches(token, hash(token))).toBe(true);
  expect(matches(`${token}x`, hash(token))).toBe(false);
  expect(matches('', hash(token))).toBe(false);
  expect(matches(token, '')).toBe(false);
});

async function adminTokens(store: MemoryStateStore = createMemoryStateStore(), removed = (_id: string) => {}) {
  const clock = manualClock();
  return { store, clock, tokens: await AdminTokens.load(store, clock, 'the-admin-token', removed) };
}

test('the ADMIN_TOKEN may do everything, is not listed, and is removed only in the configuration', async () => {
  const { tokens } = await adminTokens();
  expect(tokens.verify('the-admin-token')).toEqual({ tokenId: 'bootstrap', name: 'admin', role: 'admin' });
  expect(tokens.list()).toEqual([]);
  await expect(tokens.remove('bootstrap')).rejects.toMatchObject({ code: 'conflict' });
  expect(tokens.verify('the-admin-token')).toBeDefined();
  expect(tokens.verify('another')).toBeUndefined();
  expect(tokens.verify('')).toBeUndefined();
});

test('a new token works at once and after a crash; the store contains only its hash', async () => {
  const { store, tokens } = await adminTokens();
  const { token, ...made } = await tokens.create({ name: 'wall', role: 'viewer' });
  expect(made).toEqual({ id: expect.any(String), name: 'wall', role: 'viewer', createdAt: '2025-01-01T00:00:00.000Z' });
  expect(tokens.verify(token)).toEqual({ tokenId: made.id, name: 'wall', role: 'viewer' });

  const next = store.crash();
  expect(JSON.stringify([...(await next.load('tokens'))])).not.toContain(token);
  const restored = await AdminTokens.load(next, manualClock(), 'the-admin-token');
  expect(restored.verify(token)).toEqual({ tokenId: made.id, name: 'wall', role: 'viewer' });
});

test('the list shows no secrets and no hashes, oldest first', async () => {
  const { clock, tokens } = await adminTokens();
  const first = await tokens.create({ name: 'first', role: 'operator' });
  clock.advance(1000);
  const second = await tokens.create({ name: 'second', role: 'viewer' });
  expect(tokens.list()).toEqual([
    { id: first.id, name: 'first', role: 'operator', createdAt: '2025-01-01T00:00:00.000Z' },
    { id: second.id, name: 'second', role: 'viewer', createdAt: '2025-01-01T00:00:01.000Z' },
  ]);
});

test("a token's last use is recorded to the minute, and survives a restart", async () => {
  const { clock, store, tokens } = await adminTokens();
  const { token } = await tokens.create({ name: 'wall', role: 'viewer' });
  tokens.verify(token);
  clock.advance(59_000);
  tokens.verify(token);
  expect(tokens.list()[0]?.lastUsedAt).toBe('2025-01-01T00:00:00.000Z');
  clock.advance(1_000);
  tokens.verify(token);
  expect(tokens.list()[0]?.lastUsedAt).toBe('2025-01-01T00:01:00.000Z');

  await store.committed();
  const restored = await AdminTokens.load(store.crash(), clock, 'the-admin-token');
  expect(restored.list()[0]?.lastUsedAt).toBe('2025-01-01T00:01:00.000Z');
});

test('K3 a token removed at one instance stays removed, despite late uses and messages elsewhere', async () => {
  const { store, clock, tokens } = await adminTokens();
  const { id, token } = await tokens.create({ name: 'guest', role: 'viewer' });
  const [record] = (await store.load('tokens')).values();
  const elsewhere = await AdminTokens.load(store, clock, 'the-admin-token');
  await tokens.remove(id);
  expect(elsewhere.verify(token), 'the word of it is still on its way').toBeDefined();
  elsewhere.learn(id, undefined);
  elsewhere.learn(id, record);
  expect(elsewhere.verify(token)).toBeUndefined();
  await store.committed();
  expect((await AdminTokens.load(store.crash(), clock, 'the-admin-token')).verify(token)).toBeUndefined();
});

test('a removed token is invalid at once, also after a crash, and the removal is announced', async () => {
  const removed = vi.fn();
  const { store, tokens } = await adminTokens(undefined, removed);
  const { id, token } = await tokens.create({ name: 'wall', role: 'viewer' });

  const removing = tokens.remove(id);
  expect(tokens.verify(token)).toBeUndefined();
  expect(removed).toHaveBeenCalledExactlyOnceWith(id);
  expect(await removing).toBe(true);
  expect(tokens.list()).toEqual([]);
  expect((await AdminTokens.load(store.crash(), manualClock(), 'x')).verify(token)).toBeUndefined();

  expect(await tokens.remove(id)).toBe(false);
  expect(removed).toHaveBeenCalledTimes(1);
});

test('the number of tokens is limited', async () => {
  const { tokens } = await adminTokens();
  for (let i = 0; i < 1000; i++) await tokens.create({ name: `${i}`, role: 'viewer' });
  await expect(tokens.create({ name: 'one more', role: 'viewer' })).rejects.toMatchObject({ code: 'conflict' });
});

test('a device token belongs to one device, can be rotated and revoked, and is stored as a hash', async () => {
  const store = createMemoryStateStore();
  const tokens = await DeviceTokens.load(store, manualClock());
  const first = await tokens.issue('lobby');
  expect(first).toMatch(/^vd_/);
  expect(tokens.verify('lobby', first)).toBe(true);
  expect(tokens.verify('canteen', first)).toBe(false);

  const second = await tokens.issue('lobby');
  expect(tokens.verify('lobby', first)).toBe(false);
  const next = store.crash();
  const records = await next.load('device-tokens');
  expect(JSON.stringify([...records])).not.toContain(second);
  const restored = await DeviceTokens.load(next, manualClock());
  expect(restored.has('lobby')).toBe(true);
  expect(restored.verify('lobby', second)).toBe(true);

  restored.revoke('lobby');
  restored.revoke('nobody');
  await next.committed();
  expect(restored.has('lobby')).toBe(false);
  expect((await DeviceTokens.load(next.crash(), manualClock())).verify('lobby', second)).toBe(false);
});

/** A store of which the test decides when it is written, or that it cannot be now. */
function slowStore() {
  const store = createMemoryStateStore();
  const writes: ReturnType<typeof deferred<void>>[] = [];
  const committed = () => {
    const write = deferred<void>();
    writes.push(write);
    return write.promise;
  };
  const fail = () => writes.shift()?.reject(new Error('the disk is full'));
  return { store, slow: { ...store, committed }, succeed: () => writes.shift()?.resolve(), fail };
}

test('D4 R7 a rotation that cannot be stored leaves the old token valid, and its sessions open', async () => {
  const { store, slow, succeed, fail } = slowStore();
  const ended: string[] = [];
  const tokens = await DeviceTokens.load(slow, manualClock(), (id) => void ended.push(id));
  const issued = tokens.issue('lobby');
  succeed();
  const old = await issued;
  const rotated = tokens.issue('lobby', true);
  expect(tokens.verify('lobby', old)).toBe(true);
  tokens.noteUse('lobby');
  fail();
  await expect(rotated).rejects.toMatchObject({ code: 'unavailable' });
  expect([tokens.verify('lobby', old), tokens.wasUsed('lobby'), ended]).toEqual([true, true, []]);
  await store.committed();
  const stored = await DeviceTokens.load(store.crash(), manualClock());
  expect([stored.verify('lobby', old), stored.wasUsed('lobby')]).toEqual([true, true]);
});

test.each([
  ['both fail', [false, false], 'old'],
  ['the first fails', [false, true], 'second'],
  ['the second fails', [true, false], 'first'],
])('D4 R7 two rotations at once, of which %s: the last one that was answered is valid', async (_, outcomes, valid) => {
  const { store, slow, succeed, fail } = slowStore();
  const tokens = await DeviceTokens.load(slow, manualClock());
  const given: Record<string, string | undefined> = {};
  const issue = (name: string) =>
    tokens
      .issue('lobby')
      .then((it) => (given[name] = it))
      .catch(() => {});
  const begun = [issue('old')];
  succeed();
  await begun[0];
  begun.push(issue('first'), issue('second'));
  for (const [i, isGood] of outcomes.entries()) {
    if (isGood) succeed();
    else fail();
    await begun[i + 1];
  }
  await store.committed();
  for (const all of [tokens, await DeviceTokens.load(store.crash(), manualClock())]) {
    const verified = Object.entries(given).filter(([, token]) => token && all.verify('lobby', token));
    expect(verified.map(([name]) => name)).toEqual([valid]);
  }
});

/** A device with a token that is durable. */
async function withToken() {
  const { slow, succeed, fail } = slowStore();
  const tokens = await DeviceTokens.load(slow, manualClock());
  const issued = tokens.issue('lobby');
  succeed();
  return { tokens, old: await issued, fail };
}

test('D4 R7 a token that was revoked while a rotation waited stays revoked', async () => {
  const { tokens, old, fail } = await withToken();
  const rotated = tokens.issue('lobby');
  tokens.revoke('lobby');
  fail();
  await expect(rotated).rejects.toMatchObject({ code: 'unavailable' });
  expect([tokens.has('lobby'), tokens.verify('lobby', old)]).toEqual([false, false]);
});

test('D4 R7 nor does a further rotation, stored or not, bring it back', async () => {
  const { tokens, old, fail } = await withToken();
  const first = tokens.issue('lobby').catch(() => {});
  tokens.revoke('lobby');
  const second = tokens.issue('lobby').catch(() => {});
  expect(tokens.verify('lobby', old)).toBe(false);
  fail();
  fail();
  await Promise.all([first, second]);
  expect([tokens.has('lobby'), tokens.verify('lobby', old)]).toEqual([false, false]);
});

const SHARED = 'the-shared-token';

async function playerAuth(deviceAuth: 'shared' | 'provisioned') {
  const deviceTokens = await DeviceTokens.load(createMemoryStateStore(), manualClock());
  const own = await deviceTokens.issue('lobby');
  const signIn = createPlayerAuth({
    deviceTokens,
    fleetTokens: { stateOf: (it) => (it === SHARED ? 'current' : undefined) },
    deviceAuth,
  });
  const refusal = (...given: Parameters<typeof signIn>) => {
    try {
      return `signed in as ${signIn(...given).deviceId}`;
    } catch (error) {
      expect(error).toMatchObject({ code: 'unauthorized' });
      return (error as PlayerAuthError).reason;
    }
  };
  return { own, signIn, refusal };
}

test('P1 shared: the fleet token admits both generations, with or without an id', async () => {
  const { signIn } = await playerAuth('shared');
  expect(signIn({ token: SHARED }, 'canteen')).toEqual({ deviceId: 'canteen' });
  expect(signIn({ authToken: SHARED, deviceId: 'canteen' }, undefined)).toEqual({ deviceId: 'canteen' });
  expect(signIn({ token: SHARED }, undefined)).toEqual({ deviceId: undefined });
  expect(signIn({ token: SHARED }, 'lobby')).toEqual({ deviceId: 'lobby' });
});

test('P1 once a device has used its own token, the fleet token no longer admits it, until its own is removed', async () => {
  const store = createMemoryStateStore();
  let deviceTokens = await DeviceTokens.load(store, manualClock());
  const fleetTokens = { stateOf: (it: string) => (it === SHARED ? ('current' as const) : undefined) };
  const opens = (token: string) => {
    try {
      return createPlayerAuth({ deviceTokens, fleetTokens, deviceAuth: 'shared' })({ token }, 'lobby').deviceId;
    } catch (error) {
      return (error as PlayerAuthError).reason;
    }
  };
  const own = await deviceTokens.issue('lobby');
  expect([opens(SHARED), opens(own), opens(SHARED)]).toEqual(['lobby', 'lobby', 'needs_own_token']);
  await store.committed();
  deviceTokens = await DeviceTokens.load(store.crash(), manualClock());
  expect(opens(SHARED), 'after a crash').toBe('needs_own_token');
  const rotated = await deviceTokens.issue('lobby');
  expect([opens(SHARED), opens(own), opens(rotated)], 'a new one').toEqual(['needs_own_token', 'wrong', 'lobby']);
  expect(await deviceTokens.remove('lobby')).toBe(true);
  expect([opens(SHARED), opens(rotated)]).toEqual(['lobby', 'wrong']);
});

test('K3 a removed or replaced device token stays so, despite late messages about its use elsewhere', async () => {
  const store = createMemoryStateStore();
  const here = await DeviceTokens.load(store, manualClock());
  const token = await here.issue('lobby');
  const late = (await store.load('device-tokens')).get('lobby') as object;
  await here.remove('lobby');
  here.learn('lobby', { ...late, usedAt: '2025-01-01T00:00:00.000Z' });
  expect([here.verify('lobby', token), here.wasUsed('lobby')]).toEqual([false, false]);
  const newer = await here.issue('lobby');
  here.learn('lobby', late);
  expect([here.verify('lobby', token), here.verify('lobby', newer)]).toEqual([false, true]);
});

test('P1 a junk query value never refuses a connection', async () => {
  const { signIn } = await playerAuth('shared');
  expect(signIn({ token: SHARED }, '[object Object]')).toEqual({ deviceId: undefined });
  expect(signIn({ token: SHARED }, '')).toEqual({ deviceId: undefined });
  expect(signIn({ authToken: SHARED, deviceId: 'lobby' }, '[object Object]')).toEqual({ deviceId: 'lobby' });
});

test.each(['shared', 'provisioned'] as const)("P1 %s: a device's own token admits that device only", async (mode) => {
  const { own, signIn, refusal } = await playerAuth(mode);
  expect(signIn({ authToken: own, deviceId: 'lobby' }, undefined)).toEqual({ deviceId: 'lobby', isOwn: true });
  expect(signIn({ token: own }, 'lobby')).toEqual({ deviceId: 'lobby', isOwn: true });
  expect(refusal({ authToken: own, deviceId: 'canteen' }, undefined)).toBe('wrong');
  expect(refusal({ token: own }, undefined)).toBe('wrong');
  // The id in the handshake is the one that counts.
  expect(refusal({ authToken: own, deviceId: 'canteen' }, 'lobby')).toBe('wrong');
});

test('provisioned: the fleet token is not sufficient', async () => {
  const { refusal } = await playerAuth('provisioned');
  expect(refusal({ token: SHARED }, 'lobby')).toBe('needs_own_token');
  expect(refusal({ token: SHARED }, undefined)).toBe('needs_own_token');
});

test.each(['shared', 'provisioned'] as const)('P1 %s: a missing and a wrong token are refused', async (mode) => {
  const { refusal } = await playerAuth(mode);
  expect(refusal({}, 'lobby')).toBe('missing');
  expect(refusal({ deviceId: 'lobby' }, undefined)).toBe('missing');
  expect(refusal({ token: 'guess' }, 'lobby')).toBe('wrong');
  expect(refusal({ authToken: 'guess', deviceId: 'lobby' }, undefined)).toBe('wrong');
});

/** The number of guesses checked, and of those refused unchecked. */
function guess(limit: GuessLimit, address: string, times: number, token = (i: number) => `guess ${i}`) {
  let looked = 0;
  let refused = 0;
  for (let i = 0; i < times; i++) {
    try {
      limit.attempt(address, token(i), () => {
        looked++;
        throw new Error('wrong');
      });
    } catch (error) {
      if ((error as { code?: string }).code === 'rate_limited') refused++;
    }
  }
  return { looked, refused };
}
const right = () => 'right';

test('L6 an address block may try 20 wrong tokens at once, and then one in 2 s, however many it sends', () => {
  const clock = manualClock();
  const limit = new GuessLimit(clock);
  expect(guess(limit, '192.0.2.1', 2000)).toEqual({ looked: 20, refused: 1980 });
  clock.advance(10_000);
  expect(guess(limit, '192.0.2.1', 2000)).toEqual({ looked: 5, refused: 1995 });
  expect(guess(limit, '192.0.2.2', 20).looked, 'another address').toBe(20);
  clock.advance(3_600_000);
  expect(guess(limit, '192.0.2.1', 2000).looked).toBe(20);
});

test('L6 of IPv6 a whole /64 counts as one', () => {
  const limit = new GuessLimit(manualClock());
  let looked = 0;
  for (let i = 0; i < 100; i++) looked += guess(limit, `2001:db8::${i.toString(16)}`, 1).looked;
  expect(looked).toBe(20);
  expect(guess(limit, '2001:db8:0:1::1', 1).looked).toBe(1);
});

test('L6 generated tokens, and tokens that were valid from there before, are checked all the same', () => {
  const limit = new GuessLimit(manualClock());
  expect(limit.attempt('192.0.2.1', 'shared', right)).toBe('right');
  guess(limit, '192.0.2.1', 100);
  expect(limit.attempt('192.0.2.1', 'shared', right)).toBe('right');
  expect(limit.attempt('192.0.2.1', newToken('vd_'), right)).toBe('right');
  expect(() => limit.attempt('192.0.2.1', 'a lucky guess', right)).toThrowError(/Too many wrong tokens/);
  expect(guess(limit, '192.0.2.1', 50, () => newToken('va_')).refused, 'nor are wrong ones of that form answered').toBe(
    50,
  );
});

test('L6 at most 10,000 blocks are remembered, the oldest is forgotten first', () => {
  const limit = new GuessLimit(manualClock());
  guess(limit, 'old', 20);
  guess(limit, 'young', 20);
  for (let i = 0; i < 9_999; i++) guess(limit, `address ${i}`, 1);
  expect([guess(limit, 'young', 1).looked, guess(limit, 'old', 1).looked]).toEqual([0, 1]);
});

test('the fleet token of the last start stays valid for the grace period, and no longer', async () => {
  const clock = manualClock();
  let store = createMemoryStateStore();
  const start = async (...tokens: string[]) => {
    const fleet = await FleetTokens.load(store, clock, { tokens, graceMs: 1000 });
    await store.committed();
    store = store.crash();
    return fleet;
  };
  expect((await start('one', 'two')).stateOf('two')).toBe('current');
  const second = await start('two', 'three');
  expect(['one', 'two', 'three', 'four'].map((it) => second.stateOf(it))).toEqual([
    'previous',
    'current',
    'current',
    undefined,
  ]);
  expect(second.previous).toBe(1);
  clock.advance(999);
  expect((await start('two', 'three')).stateOf('one'), 'counted from when it was taken out').toBe('previous');
  clock.advance(1);
  expect(second.stateOf('one')).toBeUndefined();
  expect((await start('two', 'three')).previous).toBe(0);
  expect((await start('one')).stateOf('one')).toBe('current');
  expect(JSON.stringify([...(await store.load('fleet-tokens'))])).not.toContain('three');
});

test('a token may make 2,000 requests at once, and 200 per second', () => {
  const clock = manualClock();
  const mayAsk = createRequestRate(clock);
  const asked = (id: string, times: number) => Array.from({ length: times }, () => mayAsk(id)).filter(Boolean).length;
  expect(asked('a', 3000)).toBe(2000);
  clock.advance(1000);
  expect([asked('a', 3000), asked('b', 10)]).toEqual([200, 10]);
});

test('P1 however many unknown tokens come, the stored ones are read once a second, each time after the question', async () => {
  const clock = simulatedClock();
  const start = clock.now();
  const reads: number[] = [];
  let isReachable = true;
  const reread = spaced(clock, 1000, async () => {
    reads.push(clock.now() - start);
    await new Promise((resolve) => clock.setTimeout(resolve, 100));
    if (!isReachable) throw new Error('unreachable');
  });
  const asked = [];
  for (let i = 0; i < 30; i++) {
    asked.push(reread());
    await clock.advance(50);
  }
  await clock.advance(1000);
  await Promise.all(asked);
  expect(reads).toEqual([0, 1100, 2200]);

  isReachable = false;
  const failing = expect(reread()).rejects.toThrow('unreachable');
  await clock.advance(2000);
  await failing;
  isReachable = true;
  const again = reread();
  await clock.advance(2000);
  await again;
});
