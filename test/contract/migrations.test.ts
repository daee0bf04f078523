import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/adapters/database/database.ts';
import { migrations } from '../../src/adapters/database/migrations/all.ts';
import { createLogger } from '../../src/log.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { makeOlderDatabase } from '../support/older-database.ts';

const OF_0_2_0 = migrations.slice(0, migrations.findIndex(({ name }) => name === '0016-alerts-about') + 1);

const run = ({ db, write }: Database, text: string) => write([{ compile: () => sql.raw(text).compile(db) }]);

/** Each column of each table, as an older version needs it. */
const columnsOf = async (database: Database) =>
  new Map(
    (await database.db.introspection.getTables()).flatMap(({ name: table, columns }) =>
      columns.map(({ name, dataType, isNullable, hasDefaultValue }) => [
        `${table}.${name}`,
        { table, dataType, isOptional: isNullable || hasDefaultValue },
      ]),
    ),
  );

describe.each(databases)('migrations: %s', (_kind, place) => {
  test('I10 a new database lists for 0.2.0 what 0.2.0 knows', async () => {
    const { db } = await openTestDatabase(await place());
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db);
    expect(rows.map(({ name }) => name).sort()).toEqual(OF_0_2_0.map(({ name }) => name).sort());
  });

  test('I10 each later migration only adds: tables, and columns that older versions need not fill', async () => {
    const columnsAfter = async (last: string) => {
      const at = await place();
      const columns = new Map<string, { table: string; dataType: string; isOptional: boolean }>();
      await makeOlderDatabase(at, last, async (db) => {
        for (const [key, column] of await columnsOf({ db } as never)) columns.set(key, column);
      });
      return columns;
    };
    let before = await columnsAfter(OF_0_2_0.at(-1)?.name as string);
    for (const { name, requires } of migrations.slice(OF_0_2_0.length)) {
      const after = await columnsAfter(name);
      const tables = new Set([...before.values()].map(({ table }) => table));
      // One that contracts says which versions it excludes.
      if (requires === undefined) {
        for (const [key, column] of before) expect(after.get(key), `${name}: ${key}`).toEqual(column);
        for (const [key, { table, isOptional }] of after)
          if (!before.has(key)) expect(isOptional || !tables.has(table), `${name}: ${key} is optional`).toBe(true);
      }
      before = after;
    }
  });

  test.each([
    ['every version can use it', 'null', true],
    ['one that this version knows is required', `'${migrations.at(-1)?.name}'`, true],
    ['one that this version does not know is required', `'9998-newer'`, false],
  ])('I10 a newer version has migrated, and %s', async (_case, requires, isUsable) => {
    const at = await place();
    const first = await openTestDatabase(at);
    await run(first, `insert into later_migrations (name, at, requires) values ('9999-newest', 1, ${requires})`);
    // For 0.2.0.
    if (requires !== 'null') await run(first, `insert into migrations (name, at) values ('9999-newest', 1)`);
    await first.close();
    const warnings: object[] = [];
    const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
    log.warn = (fields: object) => void warnings.push(fields);
    if (!isUsable) {
      await expect(openTestDatabase(at, { log })).rejects.toThrow(/newer version of vigia \(9999-newest\)/);
      return;
    }
    await (await openTestDatabase(at, { log })).close();
    expect(warnings).toEqual([{ migrations: ['9999-newest'] }]);
  });

  test('I10 a database of an unreleased version is used, whose list has all names', async () => {
    const at = await place();
    await makeOlderDatabase(at, migrations.at(-1)?.name as string, async () => {});
    const { db } = await openTestDatabase(at);
    const { rows } = await sql`select name from later_migrations`.execute(db);
    expect(rows).toEqual([]);
  });
});
