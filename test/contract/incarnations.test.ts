import { expect, test } from 'vitest';
import { openIncarnations } from '../../src/adapters/database/incarnations.ts';
import { databases, openTestDatabase, type Place } from '../support/databases.ts';

const open = async (place: Place, instance?: string) => openIncarnations(await openTestDatabase(place), instance);
const gone = (name: string) => (instance: string) => (instance === name ? 'gone' : 'alive');
const running = async (place: Place) => {
  const rows = await (await openTestDatabase(place)).db.selectFrom('meta').select('key').execute();
  return rows.map(({ key }) => key).filter((key) => key.startsWith('running:'));
};

test.each(databases)('D1 several processes that close properly have lost nothing: %s', async (_, createPlace) => {
  const place = await createPlace();
  const a = await open(place, 'a:1');
  const b = await open(place, 'b:1');
  expect([a.mayHaveLost, b.mayHaveLost], 'not known yet').toEqual([false, true]);
  await b.removeGone(() => 'unknown');
  expect(b.mayHaveLost).toBe(true);
  await b.removeGone(() => 'alive');
  expect(b.mayHaveLost).toBe(false);
  for (const it of [a, b]) await it.end();
  expect(await running(place)).toEqual([]);
  expect(await open(place)).toMatchObject({ cleanStart: true, mayHaveLost: false });
});

test.each(databases)(
  'D1 others remove a crashed process, and remember that it may have lost data: %s',
  async (_, createPlace) => {
    const place = await createPlace();
    for (let life = 1; life <= 3; life++) await open(place, `a:${life}`);
    const b = await open(place, 'b:1');
    for (let life = 1; life <= 3; life++) await b.removeGone(gone(`a:${life}`));
    expect(b.mayHaveLost).toBe(true);
    expect((await running(place)).sort()).toEqual(['running:b:1', 'running:gone']);
    const c = await open(place, 'c:1');
    await c.removeGone(() => 'alive');
    expect(c.mayHaveLost).toBe(true);
    for (const it of [b, c]) await it.end();
    // Alone it cannot ask others what was published: it skips versions once, and starts cleanly from then on.
    const alone = await open(place);
    expect(alone.cleanStart).toBe(false);
    alone.recovered();
    await alone.end();
    expect(await open(place)).toMatchObject({ cleanStart: true, mayHaveLost: true });
  },
);

test.each(databases)(
  'D1 a start that fails after a crash, before recovery, leaves the recovery to the next one: %s',
  async (_, createPlace) => {
    const place = await createPlace();
    await open(place);
    const failed = await open(place);
    expect(failed.cleanStart).toBe(false);
    await failed.end();
    const next = await open(place);
    expect(next.cleanStart).toBe(false);
    next.recovered();
    await next.end();
    expect(await open(place)).toMatchObject({ cleanStart: true, mayHaveLost: true });
  },
);

test.each(databases)('D1 a process that was wrongly removed as gone registers again: %s', async (_, createPlace) => {
  const place = await createPlace();
  const [a, b] = [await open(place, 'a:1'), await open(place, 'b:1')];
  await b.removeGone(gone('a:1'));
  await a.register();
  expect((await running(place)).sort()).toEqual(['running:a:1', 'running:b:1', 'running:gone']);
});
