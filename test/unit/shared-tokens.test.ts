import { describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { Blocks } from '../../src/access/blocks.ts';
import { ConsoleSessions } from '../../src/access/console-sessions.ts';
import { DeviceTokens } from '../../src/access/device-tokens.ts';
import { FleetTokens } from '../../src/access/fleet-tokens.ts';
import { createPlayerAuth } from '../../src/access/player-auth.ts';
import { PlayerSignIn } from '../../src/access/player-sign-in.ts';
import { SharedTokens, type TokenChange } from '../../src/access/shared-tokens.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import { deferred } from '../support/deferred.ts';
import { sharedStore } from '../support/shared-store.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const FLEET = 'the-fleet-token';
const NOBODY = () => {};

/** Instances with one database. Their messages are delivered on request. */
function cluster() {
  const clock = simulatedClock();
  const database = sharedStore();
  const join = async (change: (store: StateStore) => Partial<StateStore> = () => ({})) => {
    const messages: TokenChange[] = [];
    const original = database.open();
    const shared = new SharedTokens({ ...original, ...change(original) }, clock, {
      written: (it) => void messages.push(it),
      published: async () => {},
    });
    const admins = await AdminTokens.load(shared.store, clock, 'the-admin-token');
    const none = { ended: NOBODY, isOpen: () => false, isCluster: true };
    const all = {
      admins,
      sessions: await ConsoleSessions.load(shared.store, clock, admins, none),
      devices: await DeviceTokens.load(shared.store, clock),
      fleet: await FleetTokens.load(original, clock, { tokens: [FLEET], graceMs: 0 }, shared.store),
      blocks: await Blocks.load(shared.store, clock, NOBODY),
    };
    const check = createPlayerAuth({ deviceTokens: all.devices, fleetTokens: all.fleet, deviceAuth: 'shared' });
    const reread = { device: shared.deviceReader(all.devices), fleetTokens: () => shared.reloadFleet(all.fleet) };
    const waiting = new PlayerSignIn({ ...all, clock, reread, log: { warn: NOBODY } });
    const signIn = async (deviceId: string, token: string) => {
      const outcome = () => {
        try {
          return check({ deviceId, token }, undefined).isOwn ? 'own' : 'fleet';
        } catch (error) {
          return (error as { reason: string }).reason;
        }
      };
      const first = outcome();
      try {
        return (await waiting.settle({ deviceId, token })) ? outcome() : first;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    return { ...all, shared, all, messages, signIn, waiting, learn: (it: TokenChange) => shared.learn(it, all) };
  };
  return { clock, database, join };
}

describe('P1 a sign-in reads what other instances stored', () => {
  test('the fleet token opens no device that has used its own elsewhere, and opens it again once that is removed', async () => {
    const { join } = cluster();
    const [a, b] = await Promise.all([join(), join()]);
    const own = await a.devices.issue('d');
    expect(await b.signIn('d', FLEET)).toBe('fleet');
    expect(await a.signIn('d', own)).toBe('own');
    expect(await b.signIn('d', FLEET)).toBe('needs_own_token');
    await expect(b.waiting.mayBe('d')).rejects.toMatchObject({ code: 'unauthorized' });
    const newer = await a.devices.issue('d');
    expect(await b.signIn('d', newer)).toBe('own');
    await a.devices.remove('d');
    expect(await b.signIn('d', FLEET)).toBe('fleet');
    // The messages of all that are late.
    for (const it of [...a.messages, ...b.messages]) b.learn(it);
    expect(await b.signIn('d', FLEET)).toBe('fleet');
    expect(await b.signIn('d', newer)).toBe('wrong');
  });

  test('late messages about an older token do not count', async () => {
    const { join } = cluster();
    const [a, b] = await Promise.all([join(), join()]);
    await a.devices.issue('d');
    const own = await a.devices.issue('d');
    expect(await a.signIn('d', own)).toBe('own');
    await a.shared.store.committed();
    await b.shared.reload(b.all);
    for (const it of a.messages.reverse()) b.learn(it);
    expect([b.devices.verify('d', own), b.devices.wasUsed('d')]).toEqual([true, true]);
  });

  test('I9 a token that an instance of version 0.2 issued, without a revision, replaces the known one', async () => {
    const { join } = cluster();
    const [a, b] = await Promise.all([join(), join()]);
    const own = await a.devices.issue('d');
    for (const it of a.messages) b.learn(it);
    const [collection, key, record] = a.messages[0] as TokenChange;
    const newer = await b.devices.issue('other');
    const issued = b.messages.find(([, id]) => id === 'other')?.[2] as { hash: string };
    const { revision: _, ...older } = { ...(record as object), hash: issued.hash } as {
      revision?: number;
      hash: string;
    };
    a.learn([collection, key, older]);
    expect([a.devices.verify('d', own), a.devices.verify('d', newer)]).toEqual([false, true]);
  });

  test('D4 a token that was published before it was stored, and forgotten by a reading, is published again', async () => {
    const { clock, join } = cluster();
    const stored = deferred<void>();
    let isSlow = false;
    const a = await join((store) => ({ committed: () => (isSlow ? stored.promise : store.committed()) }));
    await a.devices.issue('d');
    a.messages.length = 0;
    isSlow = true;
    const issuing = a.devices.issue('d');
    await clock.advance(2000);
    expect(a.messages).toHaveLength(1);
    stored.resolve();
    await issuing;
    await expect.poll(() => a.messages.length).toBe(2);
    expect(a.messages[1]).toEqual(a.messages[0]);
  });

  test('D4 R7 a rotation that was published and then could not be stored is taken back at every instance', async () => {
    const { clock, join } = cluster();
    const stored = deferred<void>();
    let isSlow = false;
    const a = await join((store) => ({ committed: () => (isSlow ? stored.promise : store.committed()) }));
    const b = await join();
    const old = await a.devices.issue('d');
    isSlow = true;
    const rotating = a.devices.issue('d');
    await clock.advance(2000);
    for (const it of a.messages.splice(0)) b.learn(it);
    stored.reject(new Error('the disk is full'));
    await expect(rotating).rejects.toMatchObject({ code: 'unavailable' });
    isSlow = false;
    await a.shared.store.committed();
    for (const it of a.messages.splice(0)) b.learn(it);
    expect([a.devices.verify('d', old), b.devices.verify('d', old)]).toEqual([true, true]);
    expect([await a.signIn('d', old), await b.signIn('d', old)]).toEqual(['own', 'own']);
  });

  test('the first use of an own token is stored before the sign-in succeeds', async () => {
    const { database, join } = cluster();
    const written = deferred<void>();
    let isSlow = false;
    const a = await join((store) => ({ committed: () => (isSlow ? written.promise : store.committed()) }));
    const own = await a.devices.issue('d');
    isSlow = true;
    let outcome: string | undefined;
    const signingIn = a.signIn('d', own).then((it) => {
      outcome = it;
    });
    await new Promise(setImmediate);
    expect(outcome).toBeUndefined();
    written.resolve();
    await signingIn;
    expect(outcome).toBe('own');
    expect(database.read('device-tokens', 'd')).toHaveProperty('usedAt');
  });

  test('a thundering herd costs a query for 500 devices, and one that hammers costs one device', async () => {
    const { join } = cluster();
    const queries: (readonly string[])[] = [];
    const a = await join((store) => ({
      pick: (collection, keys) => {
        queries.push(keys);
        return store.pick(collection, keys);
      },
    }));
    const ids = Array.from({ length: 10_000 }, (_, i) => `d${i}`);
    const outcomes = await Promise.all(ids.flatMap((id) => [a.signIn(id, FLEET), a.signIn('attacker', FLEET)]));
    expect(new Set(outcomes)).toEqual(new Set(['fleet']));
    expect(queries.length).toBeLessThanOrEqual(22);
    expect(Math.max(...queries.map(({ length }) => length))).toBe(500);
    expect(queries.flat().filter((id) => id === 'attacker').length).toBeLessThanOrEqual(2);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise<never>(() => {})],
  ])(
    'a database that %s: what is known here counts after 2 s at most, and an unknown token is neither right nor wrong',
    async (_, never) => {
      const { clock, join } = cluster();
      let isAway = false;
      const a = await join((store) => ({
        pick: (...it) => (isAway ? never() : store.pick(...it)),
        load: (...it) => (isAway ? never() : store.load(...it)),
        committed: () => (isAway ? never() : store.committed()),
      }));
      const [used, unused] = [await a.devices.issue('used'), await a.devices.issue('unused')];
      expect(await a.signIn('used', used)).toBe('own');
      isAway = true;
      const outcomes = Promise.all([
        a.signIn('used', FLEET),
        a.signIn('used', used),
        a.signIn('new', FLEET),
        a.signIn('unused', unused),
        a.signIn('unused', 'vd_newer'),
      ]);
      await clock.advance(2000);
      expect(await outcomes).toEqual(['needs_own_token', 'own', 'fleet', 'own', 'unavailable']);
    },
  );
});

test('K3 what is learnt by a message while the tokens are read again stays', async () => {
  const { join } = cluster();
  const a = await join();
  let meanwhile = async (_collection: string) => {};
  const b = await join((store) => ({
    load: async (collection) => {
      const stored = await store.load(collection);
      await meanwhile(collection);
      return stored as never;
    },
  }));
  const deliver = () => {
    for (const it of a.messages.splice(0)) b.learn(it);
  };
  const own = await a.devices.issue('d');
  await a.blocks.add('unblocked', 'ana', undefined);
  deliver();
  let admin = '';
  const changes: Record<string, () => Promise<unknown>> = {
    tokens: async () => {
      admin = (await a.admins.create({ name: 'new', role: 'viewer' })).token;
    },
    'device-tokens': () => a.signIn('d', own),
    'fleet-tokens': async () => a.fleet.configure([FLEET, 'another']),
    blocks: () => Promise.all([a.blocks.add('blocked', 'ana', undefined), a.blocks.remove('unblocked')]),
  };
  meanwhile = async (collection) => {
    await changes[collection]?.();
    await new Promise(setImmediate);
    deliver();
  };
  await b.shared.reload(b.all);
  expect(b.admins.verify(admin)).toBeDefined();
  expect(b.devices.wasUsed('d')).toBe(true);
  expect(b.fleet.stateOf('another')).toBe('current');
  expect([b.blocks.get('blocked'), b.blocks.get('unblocked')]).toMatchObject([{ by: 'ana' }, undefined]);
});
