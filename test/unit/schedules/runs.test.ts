import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import type { Identity } from '../../../src/protocol/admin.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';
import { add, ana, daily, everybody, inZone, newWorld, start, stored } from '../../support/schedule-world.ts';

it('J3 killed between any two steps, and restarted, it is sent to each device once and to none twice', async () => {
  let killed = 0;
  for (let killAfter = 1; killAfter < 30; killAfter++) {
    const world = newWorld();
    for (let i = 0; i < 250; i++) add(world, `d${i}`, inZone(i % 3 === 0 ? 'Europe/Madrid' : 'Europe/Paris'));
    add(world, 'far', inZone('America/Lima'));
    let store = createMemoryStateStore();
    const first = await start(world, store, { killAfter });
    await first.schedules.create({ ...daily, start: '2026-03-01T08:30' }, ana, everybody);
    await world.clock.advance(30 * 60_000 + 1000);
    if (first.remains) {
      killed++;
      store = first.remains;
      await start(world, store);
      await world.clock.advance(10_000);
    }
    const received = [...world.sent.values()];
    expect(world.sent.size, `after ${killAfter}`).toBe(250);
    expect(received.every((ids) => ids.length === 1)).toBe(true);
    // Nor is a recorded command looked up twice.
    const asked = world.requests.flatMap(({ deviceIds = [] }) => deviceIds);
    expect(asked).toHaveLength(new Set(asked).size);
  }
  expect(killed).toBeGreaterThan(6);
});

it('J3 of two instances one runs it; when that one stops, the other continues', async () => {
  const world = newWorld();
  for (const id of ['a', 'b']) add(world, id);
  const store = createMemoryStateStore();
  let alive = ['n1', 'n2'];
  const nodes = () => alive;
  const first = await start(world, store, { node: 'n1', nodes });
  await start(world, store, { node: 'n2', nodes });
  const { id } = await first.schedules.create(daily, ana, everybody);
  await world.clock.advance(3_600_000);
  expect(world.requests).toHaveLength(1);
  expect(world.audited.filter(({ kind }) => kind === 'schedule.run')).toHaveLength(1);
  alive = ['n2'];
  await world.clock.advance(86_400_000);
  expect([...world.sent.values()]).toEqual(
    ['a', 'b'].map((device) => [`${id}.20260301T0800:${device}`, `${id}.20260302T0800:${device}`]),
  );
});

it('J3 when the wall clock is set back it runs no second time', async () => {
  const world = newWorld('2026-03-01T07:59:00Z');
  add(world, 'a');
  const kept = await start(world, createMemoryStateStore());
  await kept.schedules.create(daily, ana, everybody);
  await world.clock.advance(120_000);
  expect(world.requests).toHaveLength(1);
  world.clock.step(-1_800_000);
  await world.clock.advance(3_600_000);
  expect(world.requests).toHaveLength(1);
});

it('J4 a disconnected device gets it on its return, within the limit, and only the last of the missed runs', async () => {
  const world = newWorld();
  add(world, 'a', {
    commands: { 'sch-other.20260301T0700:a': { status: 'queued' } },
  } as unknown as Partial<DeviceDocument>);
  const kept = await start(world, createMemoryStateStore());
  const once = { ...daily, rrule: 'FREQ=HOURLY', missed: 'once' as const, withinMs: 7_200_000 };
  const { id } = await kept.schedules.create(once, ana, everybody);
  await world.clock.advance(3_600_000);
  expect(world.requests).toMatchObject([{ deviceIds: ['a'], command: 'play', ttlMs: 7_200_000 }]);
  const waiting = { [`${id}.20260301T0800:a`]: { status: 'queued' }, [`${id}.20260301T0800:b`]: { status: 'sent' } };
  add(world, 'a', { commands: waiting } as unknown as Partial<DeviceDocument>);
  await world.clock.advance(3_600_000);
  expect(world.cancelled).toEqual([`${id}.20260301T0800:a`]);
  expect(world.requests[1]).toMatchObject({ commandId: `${id}.20260301T0900` });
});

it('J4 unreachable devices are retried until the limit, and then reported', async () => {
  const world = newWorld();
  for (const id of ['a', 'b', 'c']) add(world, id);
  world.unreachable.add('b').add('c');
  const store = createMemoryStateStore();
  const kept = await start(world, store);
  const { id } = await kept.schedules.create(daily, ana, everybody);
  await world.clock.advance(3_600_000 + 10_000);
  world.unreachable.delete('b');
  await world.clock.advance(120_000);
  expect([...world.sent.keys()]).toEqual(['a', 'b']);
  expect(await stored(store, `${id}.20260301T0800`)).toMatchObject({
    zones: [{ status: 'done', devices: 3, refused: { unavailable: 1 } }],
  });
});

it('J4 runs due before it was created, changed or resumed do not count', async () => {
  const world = newWorld('2026-03-01T08:00:30Z');
  add(world, 'a');
  const kept = await start(world, createMemoryStateStore());
  const { id } = await kept.schedules.create({ ...daily, missed: 'once' }, ana, everybody);
  await kept.schedules.edit(id, { enabled: false }, ana, everybody);
  await world.clock.advance(86_400_000 - 10_000);
  await kept.schedules.edit(id, { enabled: true }, ana, everybody);
  await world.clock.advance(60_000);
  expect(world.requests).toEqual([]);
  await kept.schedules.edit(id, { start: '2026-03-01T08:05' }, ana, everybody);
  await kept.schedules.edit(id, { name: 'Other' }, ana, everybody);
  await world.clock.advance(600_000);
  expect(world.requests).toMatchObject([{ commandId: `${id}.20260302T0805` }]);
});

it('J2 each time zone runs at its own time, without reading the commands of the others', async () => {
  const world = newWorld();
  const zones = ['Europe/Madrid', 'UTC', 'America/Lima'];
  for (const [i, zone] of zones.entries()) add(world, `d${i}`, inZone(zone));
  const store = createMemoryStateStore();
  const found: string[] = [];
  const find: typeof store.find = (collection, name) => {
    found.push(collection);
    return store.find(collection, name);
  };
  const kept = await start(world, { ...store, find });
  const { id } = await kept.schedules.create(daily, ana, everybody);
  await world.clock.advance(86_400_000);
  expect([...world.sent.keys()]).toEqual(['d1', 'd2', 'd0']);
  expect(await stored(store, `${id}.20260301T0800`)).toMatchObject({
    zones: [
      { timeZone: 'UTC', status: 'done' },
      { timeZone: 'America/Lima', status: 'done' },
    ],
  });
  expect(found).not.toContain('commands');
});

it('J3 paused in the middle, the rest is not sent it; its name may change', async () => {
  const world = newWorld();
  for (let i = 0; i < 250; i++) add(world, `d${i}`);
  const store = createMemoryStateStore();
  const kept = await start(world, store);
  const { id } = await kept.schedules.create(daily, ana, everybody);
  for (let i = 200; i < 250; i++) world.unreachable.add(`d${i}`);
  await world.clock.advance(3_600_000);
  await kept.schedules.edit(id, { name: 'Still opening' }, ana, everybody);
  world.unreachable.clear();
  for (let i = 240; i < 250; i++) world.unreachable.add(`d${i}`);
  await world.clock.advance(4000);
  expect(world.sent.size).toBe(240);
  await kept.schedules.edit(id, { enabled: false }, ana, everybody);
  world.unreachable.clear();
  await world.clock.advance(60_000);
  expect(world.sent.size).toBe(240);
  expect(await stored(store, `${id}.20260301T0800`)).toMatchObject({
    zones: [{ status: 'interrupted', devices: 250 }],
  });
});

it('J6 it stops when its token is removed, and says so; whoever changes it takes it over, with their own rights', async () => {
  const world = newWorld();
  for (const [id, group] of Object.entries({ a: 'lobby', b: 'roof' })) add(world, id, { group });
  const limited: Identity = { tokenId: 't-bob', name: 'bob', role: 'operator', groups: ['lobby'] };
  world.tokens.set('t-bob', limited);
  const view = { ...everybody, groups: ['lobby'], hasGroup: (it: string) => it === 'lobby', sees: () => true };
  const kept = await start(world, createMemoryStateStore());
  const { id, devices } = await kept.schedules.create(daily, limited, view as never);
  expect(devices).toBe(1);
  await world.clock.advance(3_600_000);
  expect([...world.sent.keys()]).toEqual(['a']);
  world.tokens.delete('t-bob');
  await world.clock.advance(86_400_000);
  expect([...world.sent.values()].flat()).toHaveLength(1);
  expect((await kept.schedules.list(everybody))[0]).toMatchObject({ stopped: 'token_removed', nextAt: null });
  expect(world.audited.filter(({ kind }) => kind === 'schedule.stopped')).toMatchObject([
    { actor: 'schedule Opening', outcome: 'unauthorized', details: { id, changedBy: 'bob' } },
  ]);
  await kept.schedules.edit(id, { enabled: true }, ana, everybody);
  await world.clock.advance(86_400_000);
  expect([...world.sent.keys()]).toEqual(['a', 'b']);
});
