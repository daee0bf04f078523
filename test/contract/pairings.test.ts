import { describe, expect, test } from 'vitest';
import { Pairings } from '../../src/access/pairings.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import { VigiaError } from '../../src/protocol/errors.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { deferred } from '../support/deferred.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

describe.each(databases)('%s', (_, place) => {
  test('P14 of two admins who approve a code at two instances at once, one creates a device', async () => {
    const where = await place();
    const clock = simulatedClock();
    const made: string[] = [];
    let isTaken = false;
    const bothHaveRead = deferred<void>();
    let reads = 0;
    const desk = async (name: string, isSlow: boolean) => {
      const store = await openStateStore(await openTestDatabase(where), { error: () => {} });
      const load: StateStore['load'] = async (collection) => {
        const loaded = await store.load<never>(collection);
        if (++reads === 2) bothHaveRead.resolve();
        if (isSlow) await bothHaveRead.promise;
        return loaded;
      };
      const shared = Object.create(store, { load: { value: load } }) as StateStore;
      const provision = async () => {
        if (isTaken) throw new VigiaError('conflict');
        made.push(name);
        return { id: name, token: 'unused' };
      };
      return new Pairings(shared, clock, {
        provision,
        rotateToken: async (id) => `token of ${id}`,
        remove: async () => {},
      });
    };
    const starting = await desk('start', false);
    const { code, secret } = await starting.start('192.0.2.1', {});
    reads = 0;
    const [a, b] = [await desk('a', true), await desk('b', true)];
    const both = await Promise.all([a.approve(code, {}), b.approve(code, {})]);
    expect(both.filter(Boolean)).toEqual([{ deviceId: made[0] }]);
    expect(made).toHaveLength(1);
    expect(await starting.ask('192.0.2.1', secret)).toMatchObject({ status: 'paired', deviceId: made[0] });

    // A device that cannot be created leaves the code to others.
    const next = await starting.start('192.0.2.1', {});
    isTaken = true;
    await expect(a.approve(next.code, {})).rejects.toMatchObject({ code: 'conflict' });
    isTaken = false;
    expect(await b.approve(next.code, {})).toEqual({ deviceId: 'b' });
  });
});
