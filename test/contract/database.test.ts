import { type Compilable, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { chunksOf, put } from '../../src/adapters/database/database.ts';
import { isRefusal } from '../../src/adapters/database/errors.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

/** So large that two do not fit into one message to the database thread. */
const LARGE = 'x'.repeat(100_000);

/** Simulates statements that take longer to build than the time slice of an iteration. */
function* slowly(statements: readonly Compilable[], begun: () => void = () => {}): Generator<Compilable> {
  for (const statement of statements) {
    begun();
    for (const since = performance.now(); performance.now() - since < 4; );
    yield statement;
  }
}

describe.each(databases)('Database: %s', (kind, place) => {
  test('data written in one group is visible, also to the next process', async () => {
    const at = await place();
    const database = await openTestDatabase(at);
    expect(database.kind).toBe(kind);
    expect(database.healthy).toBe(true);
    const rows = Array.from({ length: 1_200 }, (_, i) => ({
      device_id: 'küche ☕',
      version: i + 1,
      at: 1_785_000_000_000 + i,
      kind: 'patch',
      patch: i % 2 ? null : '[]',
    }));
    const touched = await database.write(
      [...chunksOf(rows)].map((chunk) => database.db.insertInto('changes').values(chunk)),
    );
    expect(touched).toBe(1_200);
    await database.close();

    const next = await openTestDatabase(at);
    expect(await next.db.selectFrom('changes').selectAll().orderBy('version').execute()).toEqual(rows);
    const { count, sum, mean } = await next.db
      .selectFrom('changes')
      .select(({ fn }) => [
        fn.countAll<number>().as('count'),
        fn.sum<number>('version').as('sum'),
        fn.avg<number>('version').as('mean'),
      ])
      .executeTakeFirstOrThrow();
    expect({ count, sum, mean }).toEqual({ count: 1_200, sum: 720_600, mean: 600.5 });
  });

  test('a group is written completely or not at all, and a rejection does not affect the database’s health', async () => {
    const database = await openTestDatabase(await place());
    const insert = (key: string) => database.db.insertInto('meta').values({ key, value: LARGE });
    const error = await database.write([insert('a'), insert('b'), insert('a')]).catch((it) => it);
    expect(isRefusal(error)).toBe(true);
    expect(database.healthy).toBe(true);
    expect(await database.db.selectFrom('meta').selectAll().execute()).toEqual([]);
    expect(await database.write([insert('a'), insert('b')])).toBe(2);
    expect(await database.db.selectFrom('meta').selectAll().orderBy('key').execute()).toEqual([
      { key: 'a', value: LARGE },
      { key: 'b', value: LARGE },
    ]);
  });

  test('a group whose statements cannot be built writes nothing', async () => {
    const database = await openTestDatabase(await place());
    function* group() {
      for (const key of ['a', 'b']) yield database.db.insertInto('meta').values({ key, value: LARGE });
      throw new Error('no more');
    }
    await expect(database.write(group())).rejects.toThrow('no more');
    expect(await database.db.selectFrom('meta').selectAll().execute()).toEqual([]);
  });

  test('a failing group does not affect the other waiting groups, and none is written partially', async () => {
    const database = await openTestDatabase(await place());
    const insert = (key: string, value: string | null) =>
      database.db.insertInto('meta').values({ key, value: value as string });
    const groups = Array.from({ length: 20 }, (_, i) =>
      database.write([insert(`a-${i}`, 'first'), insert(`b-${i}`, i % 7 === 3 ? null : 'second')]).then(
        () => 'written',
        () => 'failed',
      ),
    );
    const outcomes = await Promise.all(groups);
    expect(outcomes.flatMap((it, i) => (it === 'failed' ? i : []))).toEqual([3, 10, 17]);
    const rows = await database.db.selectFrom('meta').select('key').execute();
    const expected = outcomes.flatMap((it, i) => (it === 'written' ? [`a-${i}`, `b-${i}`] : []));
    expect(rows.map(({ key }) => key).sort()).toEqual(expected.sort());
    expect(database.healthy).toBe(true);
  });

  test('writes requested before closing are written, later ones are not', async () => {
    const at = await place();
    const database = await openTestDatabase(at);
    const written = database.write(slowly(['a', 'b', 'c'].map((key) => put(database.db, key, ''))));
    await Promise.all([written, database.close()]);
    await expect(database.write([put(database.db, 'd', '')])).rejects.toThrow('closed');
    const kept = (await openTestDatabase(at)).db.selectFrom('meta').select('key').orderBy('key');
    expect((await kept.execute()).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  test('building statements blocks the event loop for only a few milliseconds per iteration, however many groups there are', async () => {
    const database = await openTestDatabase(await place());
    let turn = 0;
    let isDone = false;
    const count = () => {
      turn++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const turns: number[] = [];
    const groups = ['a', 'b', 'c', 'd'].map((name) => {
      const statements = Array.from({ length: 5 }, (_, i) => put(database.db, `${name}${i}`, ''));
      return database.write(slowly(statements, () => turns.push(turn)));
    });
    await Promise.all(groups);
    isDone = true;
    expect(turns).toHaveLength(20);
    expect(new Set(turns).size, 'each in a turn of its own').toBe(20);
    expect(await database.db.selectFrom('meta').select('key').execute()).toHaveLength(20);
  });

  test('a group does not wait until all statements of a larger one are built', async () => {
    const database = await openTestDatabase(await place());
    const made: string[] = [];
    const large = Array.from({ length: 5 }, (_, i) => put(database.db, `large ${i}`, ''));
    const groups = [
      database.write(slowly(large, () => made.push('large'))),
      database.write(slowly([put(database.db, 'small', '')], () => made.push('small'))),
    ];
    await Promise.all(groups);
    expect(made).toEqual(['large', 'small', 'large', 'large', 'large', 'large']);
  });

  test('a group that waits for an earlier one is written after it', async () => {
    const database = await openTestDatabase(await place());
    const set = (value: string) =>
      database.db
        .insertInto('meta')
        .values({ key: 'k', value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }));
    for (let i = 0; i < 20; i++) await database.write([set(String(i))]);
    expect(await database.db.selectFrom('meta').selectAll().execute()).toEqual([{ key: 'k', value: '19' }]);
  });

  test('only `write` can write', async () => {
    const database = await openTestDatabase(await place());
    await expect(database.db.insertInto('meta').values({ key: 'a', value: '1' }).execute()).rejects.toThrow(
      /read-?\s?only/,
    );
  });

  test('a read does not wait for a slow write', async () => {
    const database = await openTestDatabase(await place());
    const { db } = database;
    await db.selectFrom('meta').selectAll().execute();
    let reading: Promise<unknown> | undefined;
    let hasRead = false;
    let hasReadMeanwhile = false;
    const until = performance.now() + 20_000;
    /** A group that continues until a concurrent read has finished. */
    function* group() {
      for (let i = 0; !hasRead && performance.now() < until; i++) {
        yield db.insertInto('meta').values({ key: `${i}`, value: 'x' });
        reading ??= db
          .selectFrom('meta')
          .selectAll()
          .execute()
          .then((rows) => {
            hasRead = true;
            return rows;
          });
      }
      hasReadMeanwhile = hasRead;
    }
    const written = await database.write(group());
    expect(await reading).toEqual([]);
    expect(hasReadMeanwhile).toBe(true);
    expect(await db.selectFrom('meta').selectAll().execute()).toHaveLength(written);
  });

  test('a NUL character in a text is stored as U+FFFD, so that no database rejects the record', async () => {
    const database = await openTestDatabase(await place());
    await database.write([database.db.insertInto('meta').values({ key: 'a\0b', value: 'c' })]);
    expect(await database.db.selectFrom('meta').select('key').execute()).toEqual([{ key: 'a\uFFFDb' }]);
  });

  test('several instances starting at once create the tables once', async () => {
    const at = await place();
    const all = await Promise.all(Array.from({ length: 5 }, () => openTestDatabase(at)));
    for (const database of all) await database.write([database.db.deleteFrom('meta')]);
    const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(
      all[0]?.db as never,
    );
    const names = rows.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const numbers = names.map((name) => Number.parseInt(name, 10));
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  test('command sums from before durations were recorded remain, without durations', async () => {
    const at = await place();
    const before = await openTestDatabase(at);
    const old = `create table command_days (device_id text not null, day text not null, group_name text not null,
      command text not null, status text not null, count bigint not null, timed bigint not null,
      duration_ms bigint not null, max_duration_ms bigint not null,
      primary key (device_id, day, group_name, command, status))`;
    const index = 'create index command_days_day on command_days (day)';
    const texts = ['drop table command_days', old, index, "delete from migrations where name like '0007%'"];
    await before.write(texts.map((text) => ({ compile: () => sql.raw(text).compile(before.db) })));
    const row = { device_id: 'd', day: '2026-03-01', group_name: '', command: 'vlc:play', status: 'success' };
    const sums = { count: 3, timed: 3, duration_ms: 900, max_duration_ms: 500 };
    await before.write([before.db.insertInto('command_days').values({ ...row, ...sums } as never)]);
    await before.close();

    const { db, write } = await openTestDatabase(at);
    await write([db.insertInto('command_days').values({ ...row, ...sums, step: 330 })]);
    const rows = await db.selectFrom('command_days').selectAll().orderBy('step').execute();
    expect(rows.map(({ step, count, device_id }) => [Number(step), Number(count), device_id])).toEqual([
      [0, 3, 'd'],
      [330, 3, 'd'],
    ]);
  });

  test('every write is reported with its duration and outcome', async () => {
    const told: [number, string][] = [];
    const database = await openTestDatabase(await place(), { wrote: (...it) => told.push(it) });
    await database.write([database.db.insertInto('meta').values({ key: 'a', value: '1' })]);
    await database.write([database.db.insertInto('meta').values({ key: 'a', value: '1' })]).catch(() => {});
    expect(told.map(([, outcome]) => outcome)).toEqual(['ok', 'failed']);
    // In whole milliseconds, so a fast write takes 0.
    for (const [seconds] of told) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(60);
    }
  });
});
