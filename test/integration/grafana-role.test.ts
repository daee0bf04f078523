import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { filledIn, panelQueries, variableQueries } from '../support/dashboards.ts';
import { openTestDatabase, ownPostgres } from '../support/databases.ts';
import { makeGrafanaRole } from '../support/grafana-role.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test('M4 Grafana’s role can read what the panels show, and nothing else', async () => {
  const databaseUrl = await (await ownPostgres()).createDatabase();
  await openTestDatabase({ dataDir: await temporaryDirectory(), databaseUrl });
  // Run again, as on each start of the containers.
  await makeGrafanaRole(databaseUrl);
  const grafana = await connected(await makeGrafanaRole(databaseUrl));

  const queries = [...panelQueries('rawSql'), ...variableQueries('postgres')];
  expect(queries.length).toBeGreaterThan(10);
  for (const { text } of queries) await grafana.query(filledIn(text, 'd1', [0, Date.now()]));

  const owner = await connected(databaseUrl);
  const { rows } = await owner.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const shown = ['connection_periods', 'on_air_periods', 'playback_periods', 'snapshots'];
  const refused = rows.map(({ name }) => name).filter((name) => !shown.includes(name));
  expect(refused).toEqual(expect.arrayContaining(['admin_tokens', 'device_tokens', 'meta', 'alerts', 'policies']));
  for (const name of refused) {
    await expect(grafana.query(`select * from ${name}`), name).rejects.toThrow(/permission denied/);
  }
  for (const column of ['devices.record', 'commands.record', 'audit.details']) {
    const [table, name] = column.split('.');
    await expect(grafana.query(`select ${name} from ${table}`), column).rejects.toThrow(/permission denied/);
  }

  // Not even in a read-write transaction.
  await grafana.query('set default_transaction_read_only = off');
  for (const change of [
    'delete from snapshots',
    "update devices set id = 'x'",
    'create table mine (id text)',
    'set role vigia',
    'copy snapshots to program $$true$$',
  ]) {
    await expect(grafana.query(change), change).rejects.toThrow(/permission denied|superuser|privileges/);
  }
});

test('M2 a band of a device’s timeline ends with its period and continues with the next', async () => {
  const databaseUrl = await (await ownPostgres()).createDatabase();
  await openTestDatabase({ dataDir: await temporaryDirectory(), databaseUrl });
  const client = await connected(databaseUrl);
  // One that began before the range; the next one directly after it; then a gap; and one that continues.
  const playback = ['a', 0, 200, 'b', 200, 300, 'c', 500, null];
  for (let i = 0; i < playback.length; i += 3) {
    await client.query(
      "insert into playback_periods (device_id, group_name, playlist, item, from_at, to_at) values ('d1', '', '', $1, $2, $3)",
      playback.slice(i, i + 3),
    );
  }
  const { text = '' } = panelQueries('rawSql').find(({ where }) => where.endsWith('device.json: Playback')) ?? {};
  const { rows } = await client.query<{ time: Date; item: string | null }>(filledIn(text, 'd1', [100, 1000]));
  expect(rows.map(({ time, item }) => [time.getTime(), item])).toEqual([
    [100, 'a'],
    [200, 'b'],
    [300, null],
    [500, 'c'],
  ]);
});
