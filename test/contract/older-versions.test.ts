import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openPostgres } from '../../src/adapters/database/postgres.ts';
import { openSqlite } from '../../src/adapters/database/sqlite.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createStatistics } from '../../src/adapters/database/statistics/statistics.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { createLogger } from '../../src/log.ts';
import { databases, openTestDatabase, type Place } from '../support/databases.ts';
import { fakePlayer } from '../support/fake-player.ts';
import { openHarness } from '../support/harness.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const dump = new URL('../support/data-of-24-november.sql', import.meta.url);

async function fill({ dataDir, databaseUrl }: Place): Promise<void> {
  const { db } = databaseUrl
    ? openPostgres({ url: databaseUrl, connections: 1 })
    : openSqlite({ path: join(dataDir, 'vigia.db'), readOnly: false });
  for (const line of (await readFile(dump, 'utf8')).split('\n')) {
    if (line !== '' && !line.startsWith('--')) await sql.raw(line).execute(db);
  }
  await db.destroy();
}

describe.each(databases)('R6 data of 24 November: %s', (_kind, place) => {
  test('its tables are migrated, and its device, command and token still work', async () => {
    const at = await place();
    await fill(at);
    const database = await openTestDatabase(at);
    const store = await openStateStore(database, log);
    expect([...(await store.load('tokens')).values()]).toMatchObject([{ name: 'wall', role: 'viewer' }]);
    const span = { from: Date.UTC(2026, 10, 28), to: Date.UTC(2026, 10, 30), limit: 10 };
    expect((await createStatistics(database.db, log).summarize(span)).devices).toEqual([]);

    const kept = createMemoryStateStore();
    for (const name of ['devices', 'commands'] as const)
      for (const [key, record] of await store.load(name)) kept.put(name, key, record);
    await kept.committed();
    const clock = simulatedClock(Date.UTC(2026, 10, 29, 15));
    const harness = await openHarness({ clock, store: kept });
    const { document, version } = harness.fleet.get('sim-0001') ?? {};
    expect(version).toBeGreaterThanOrEqual(6);
    expect(document).toMatchObject({ name: 'Lobby 1', playback: {}, onAir: { status: 'unknown' } });
    expect(document?.capabilities).toEqual({ commands: [] });
    const player = fakePlayer({ id: 'sim-0001', clock });
    player.connect(harness);
    await clock.advance(1000);
    expect(player.received.map(({ command }) => command)).toEqual(['vlc:play']);
    expect(await harness.desk.get('from-before')).toMatchObject({ status: 'success', attempts: 1 });
    await store.close();
  });

  test('the schema then equals that of a new database', async () => {
    const [older, newer] = [await place(), await place()];
    await fill(older);
    const shape = async (it: Place) => {
      const tables = await (await openTestDatabase(it)).db.introspection.getTables();
      return tables.map(({ name, columns }) => [name, columns.map((column) => column.name).sort()]).sort();
    };
    expect(await shape(older)).toEqual(await shape(newer));
  });
});
