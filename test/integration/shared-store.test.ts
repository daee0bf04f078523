import { expect, test } from 'vitest';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { freshDatabase, openTestDatabase } from '../support/databases.ts';
import { records } from '../support/records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROUNDS = 40;
const RECORDS = 400;

test('R7 two processes that write the same records concurrently, each in its own order, do not block each other', async () => {
  const databaseUrl = await freshDatabase();
  const outcomes: string[] = [];
  const open = async () => {
    const wrote = (_: number, outcome: string) => outcomes.push(outcome);
    const database = await openTestDatabase({ databaseUrl, dataDir: await temporaryDirectory() }, { wrote });
    return openStateStore(database, { error: () => {} });
  };
  const [a, b] = [await open(), await open()];
  const keys = Array.from({ length: RECORDS }, (_, i) => `d-${i}`);
  for (let version = 1; version <= ROUNDS; version++) {
    for (const key of keys) a.put('devices', key, records.devices(key, version));
    for (const key of keys.toReversed()) b.put('devices', key, records.devices(key, version));
    await Promise.all([a.committed(), b.committed()]);
  }
  expect(outcomes.filter((it) => it !== 'ok')).toEqual([]);
});
