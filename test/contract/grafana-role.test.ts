import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { filledIn, panelQueries, variableQueries } from '../support/dashboards.ts';
import { makeGrafanaRole } from '../support/grafana-role.ts';
import { freshDatabase, openTestHome } from '../support/homes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test("M4 Grafana's role reads what the panels show, and of everything else nothing", async () => {
  const databaseUrl = await freshDatabase();
  await openTestHome({ dataDir: await temporaryDirectory(), databaseUrl });
  // Again, as with each start of the containers.
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

  // Not even where it says that it wants to write.
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
