import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { add, ana, daily, everybody, newWorld, start } from '../../support/schedule-world.ts';

it('J5 a schedule that could not be stored does not exist, so another attempt creates one', async () => {
  const world = newWorld('2026-03-01T07:59:59Z');
  add(world, 'a');
  const store = createMemoryStateStore();
  let isDown = false;
  const hangs = async () => {
    if (!isDown) return store.committed();
    await new Promise((resolve) => world.clock.setTimeout(resolve as () => void, 2000));
    throw new Error('down');
  };
  const kept = await start(world, { ...store, committed: hangs });
  isDown = true;
  const refused = expect(kept.schedules.create(daily, ana, everybody)).rejects.toMatchObject({ code: 'unavailable' });
  // It becomes due while it waits.
  await world.clock.advance(3000);
  await refused;
  isDown = false;
  expect(await kept.schedules.list(everybody)).toEqual([]);
  expect(await store.load('schedules')).toEqual(new Map());
  expect(world.requests).toEqual([]);
  const { id } = await kept.schedules.create(daily, ana, everybody);
  await world.clock.advance(86_400_000);
  expect([...world.sent.values()]).toEqual([[`${id}.20260302T0800:a`]]);
});

it('D9 a schedule that an earlier version kept for the group `north/` runs on the devices of `north`', async () => {
  const world = newWorld('2026-03-01T07:59:59Z');
  const groups = ['north'];
  const identity = { ...ana, groups };
  world.tokens.set(ana.tokenId, identity);
  add(world, 'a', { group: 'north' });
  const sees = { ...everybody, groups };
  const store = createMemoryStateStore();
  const { id } = await (await start(world, store)).schedules.create({ ...daily, enabled: false }, identity, sees);
  const [stored] = await store.find<object>('schedules', id);
  store.put('schedules', id, { ...stored, groups: ['north/'] });
  await store.committed();
  const kept = await start(world, store.crash());
  expect((await kept.schedules.list(sees)).map((it) => it.id)).toEqual([id]);
  store.put('schedules', id, { ...stored, groups: ['north/'], enabled: true });
  await store.committed();
  await start(world, store.crash());
  await world.clock.advance(2000);
  expect([...world.sent.values()]).toEqual([[`${id}.20260301T0800:a`]]);
});

const twoInstances = async () => {
  const world = newWorld();
  add(world, 'a');
  const store = createMemoryStateStore();
  const nodes = () => ['n1', 'n2'];
  const one = await start(world, store, { node: 'n1', nodes });
  const two = await start(world, store, { node: 'n2', nodes });
  const { id } = await one.schedules.create(daily, ana, everybody);
  // By then both instances know it.
  await world.clock.advance(5000);
  return { world, store, one, two, id };
};

it('J8 two edits of a schedule at different instances both count', async () => {
  const { store, one, two, id } = await twoInstances();
  await one.schedules.edit(id, { enabled: false }, ana, everybody);
  const edited = await two.schedules.edit(id, { name: 'Other' }, ana, everybody);
  expect(edited).toMatchObject({ name: 'Other', enabled: false });
  expect((await store.find('schedules', id))[0]).toMatchObject({ name: 'Other', enabled: false });
});

it('J8 a removed schedule stays removed when another instance, which does not know that yet, edits it', async () => {
  const { world, store, one, two, id } = await twoInstances();
  await one.schedules.remove(id, everybody);
  expect(await two.schedules.edit(id, { name: 'Other' }, ana, everybody)).toBeUndefined();
  expect(await two.schedules.get(id, everybody)).toBeUndefined();
  expect(await store.load('schedules')).toEqual(new Map());
  await world.clock.advance(86_400_000);
  expect(world.requests).toEqual([]);
});

it('J8 concurrent edits all count, at every instance', async () => {
  const { world, one, two, id } = await twoInstances();
  const edits = [{ name: 'Other' }, { enabled: false }, { command: 'stop' }, { start: '2026-03-02T09:00' }];
  await Promise.all(edits.map((edit) => one.schedules.edit(id, edit, ana, everybody)));
  expect(await one.schedules.get(id, everybody)).toMatchObject(Object.assign({}, ...edits));
  await world.clock.advance(5000);
  expect(await two.schedules.get(id, everybody)).toEqual(await one.schedules.get(id, everybody));
  // The other instance loads between two edits of one millisecond.
  await one.schedules.edit(id, { name: 'Before' }, ana, everybody);
  await two.schedules.edit(id, { name: 'Between' }, ana, everybody);
  await one.schedules.edit(id, { name: 'After' }, ana, everybody);
  await world.clock.advance(5000);
  expect(await two.schedules.get(id, everybody)).toMatchObject({ name: 'After' });
});

it('J8 an edit while the database cannot be read is refused, and changes nothing', async () => {
  const world = newWorld();
  add(world, 'a');
  const store = createMemoryStateStore();
  const find: typeof store.find = async (collection, name) => {
    if (collection === 'schedules') throw new Error('down');
    return store.find(collection, name);
  };
  const kept = await start(world, { ...store, find });
  const { id } = await kept.schedules.create(daily, ana, everybody);
  const edited = kept.schedules.edit(id, { name: 'Other' }, ana, everybody);
  await expect(edited).rejects.toMatchObject({ code: 'unavailable' });
  expect(await kept.schedules.get(id, everybody)).toMatchObject({ name: 'Opening' });
});
