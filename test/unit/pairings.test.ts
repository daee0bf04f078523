import { expect, test } from 'vitest';
import { Pairings } from '../../src/access/pairings.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { VigiaError } from '../../src/protocol/errors.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const MINUTE = 60_000;

function desk(store = createMemoryStateStore(), clock = simulatedClock()) {
  const made: object[] = [];
  const removed: string[] = [];
  let tokens = 0;
  const pairings = new Pairings(store, clock, {
    provision: async (wanted) => {
      made.push(wanted);
      return { id: `d-${made.length}`, token: 'unused' };
    },
    rotateToken: async (id) => `${id}-token-${++tokens}`,
    remove: async (id) => void removed.push(id),
  });
  return { store, clock, pairings, made, removed };
}

test('P14 a code is approved once, at any instance, and the player fetches a token that is stored nowhere', async () => {
  const { store, clock, pairings, made } = desk();
  const other = desk(store, clock).pairings;
  const { code, secret } = await pairings.start('192.0.2.1', { name: 'Hall', appVersion: '1.2' });
  expect(code).toMatch(/^[B-DF-HJ-NP-TV-XZ2-9]{3}-[B-DF-HJ-NP-TV-XZ2-9]{3}$/);
  expect(await pairings.ask('192.0.2.1', secret)).toMatchObject({ status: 'waiting' });
  const typed = ` ${code.toLowerCase().replace('-', ' ')}`;
  expect(await other.find(typed)).toMatchObject({ code, name: 'Hall', appVersion: '1.2', address: '192.0.2.1' });
  const both = await Promise.all([pairings.approve(code, { group: 'lobby' }), pairings.approve(code, {})]);
  expect(both).toEqual([{ deviceId: 'd-1' }, undefined]);
  expect(made).toEqual([{ group: 'lobby' }]);
  expect(await other.find(code)).toBeUndefined();
  expect(await other.approve(code, {})).toBeUndefined();
  expect(await other.ask('192.0.2.1', secret)).toEqual({ status: 'paired', deviceId: 'd-1', token: 'd-1-token-1' });
  const stored = JSON.stringify([...(await store.load('pairings'))]);
  expect(stored).not.toMatch(/token-1|vc_/);
  // The answer may have been lost.
  expect(await pairings.ask('192.0.2.1', secret)).toMatchObject({ status: 'paired' });
  await clock.advance(MINUTE);
  expect(await pairings.ask('192.0.2.1', secret)).toBeUndefined();
});

test('P14 a code expires after 15 minutes, and a wrong secret learns nothing', async () => {
  const { clock, store, pairings } = desk();
  const { code, secret } = await pairings.start('192.0.2.1', {});
  expect(await pairings.ask('192.0.2.1', `${secret}x`)).toBeUndefined();
  await clock.advance(15 * MINUTE - 1);
  expect(await pairings.find(code)).toBeDefined();
  await clock.advance(1);
  expect(await pairings.find(code)).toBeUndefined();
  expect(await pairings.approve(code, {})).toBeUndefined();
  expect(await pairings.ask('192.0.2.1', secret)).toBeUndefined();
  await pairings.start('192.0.2.1', {});
  expect((await store.load('pairings')).size).toBe(1);
});

test('P14 codes are limited by address and in number, questions by address', async () => {
  const { clock, pairings } = desk();
  const outcome = async (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (it: VigiaError) => it.code,
    );
  const start = (address: string) => outcome(pairings.start(address, {}));
  for (let i = 0; i < 60; i++) expect(await start('192.0.2.1')).toBe('ok');
  expect(await start('192.0.2.1')).toBe('rate_limited');
  expect(await start('192.0.2.2')).toBe('ok');
  await clock.advance(6 * MINUTE);
  for (let i = 0; i < 40; i++) expect(await start('192.0.2.1')).toBe('ok');
  expect(await start('192.0.2.1')).toBe('rate_limited');
  for (let i = 0; i < 899; i++) expect(await start(`10.0.${i >> 8}.${i & 255}`)).toBe('ok');
  const earlier = await pairings.start('192.0.2.3', {});
  // The place comes from those that have most.
  for (let i = 0; i < 50; i++) expect(await start(`2001:db8:0:${i}::1`)).toBe('ok');
  for (let i = 0; i < 200; i++) expect(await start(`2001:db8:1:${i}::1`)).toBe('ok');
  expect(await pairings.find(earlier.code)).toBeDefined();
  for (let i = 0; i < 500; i++) await pairings.ask('192.0.2.1', 'vc_x');
  expect(await outcome(pairings.ask('192.0.2.1', 'vc_x'))).toBe('rate_limited');
  expect(await outcome(pairings.ask('192.0.2.9', 'vc_x'))).toBe('ok');
});

test('P14 a code that is approved in its last second can still be fetched', async () => {
  const { clock, pairings } = desk();
  const { code, secret } = await pairings.start('192.0.2.1', {});
  await clock.advance(15 * MINUTE - 1);
  await pairings.approve(code, {});
  await clock.advance(5000);
  expect(await pairings.ask('192.0.2.1', secret)).toMatchObject({ status: 'paired' });
});

test('P14 a device that cannot be created leaves the code as it was', async () => {
  const store = createMemoryStateStore();
  const pairings = new Pairings(store, simulatedClock(), {
    provision: async () => {
      throw new VigiaError('conflict');
    },
    rotateToken: async () => 'x',
    remove: async () => {},
  });
  const { code } = await pairings.start('192.0.2.1', {});
  await expect(pairings.approve(code, { id: 'taken' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await pairings.find(code)).toBeDefined();
});

test('P14 R7 a pairing whose approval cannot be stored creates no device, and can be approved again', async () => {
  const store = createMemoryStateStore();
  let writes = Number.POSITIVE_INFINITY;
  const committed = () => (--writes < 0 ? Promise.reject(new Error('the disk is full')) : store.committed());
  const { pairings, made, removed } = desk({ ...store, committed });
  const { code, secret } = await pairings.start('192.0.2.1', {});
  // The claim is stored, and the approval is not.
  writes = 1;
  await expect(pairings.approve(code, {})).rejects.toMatchObject({ code: 'unavailable' });
  expect([made.length, removed]).toEqual([1, ['d-1']]);
  await store.committed();
  writes = Number.POSITIVE_INFINITY;
  expect(await pairings.ask('192.0.2.1', secret)).toMatchObject({ status: 'waiting' });
  expect(await pairings.approve(code, {})).toEqual({ deviceId: 'd-2' });
});
