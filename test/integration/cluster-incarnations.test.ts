import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { eventually, startCluster } from '../support/cluster.ts';
import { freshDatabase } from '../support/databases.ts';
import type { TestServer } from '../support/server.ts';

/** Any version above was computed from the clock. */
const FEW = 100;

it('D1 a cluster that loses nothing gives new devices small versions; after a kill it skips versions, and the killed instance is removed', async () => {
  const DATABASE_URL = await freshDatabase();
  const { instances, join } = await startCluster(2, { DATABASE_URL });
  const [a, b] = instances as [TestServer, TestServer];
  const database = new pg.Client(DATABASE_URL);
  await database.connect();
  onTestFinished(() => database.end());
  const running = async () => {
    const { rows } = await database.query("select key from meta where key like 'running:%' order by key");
    return rows.map(({ key }) => String(key).split(':')[1]);
  };
  const isLost = async () => (await database.query("select 1 from meta where key = 'may have lost'")).rowCount === 1;
  const versionOfNew = async (id: string, at: TestServer) => {
    await register(playerOfSecondGeneration(at, id, { reconnection: false }), id);
    return (await at.call(`/devices/${id}`)).body.version as number;
  };
  let number = 0;
  const isSmall = async (at: TestServer) => (await versionOfNew(`new-${++number}`, at)) < FEW;
  // Once it is certain that the earlier instances are still alive.
  await eventually('both give small versions', async () => (await isSmall(a)) && (await isSmall(b)));

  await a.stop();
  expect(await running()).toEqual(['n2']);
  const c = await join();
  expect(await isLost(), 'one that has left is not lost').toBe(false);
  await c.stop('SIGKILL');
  await eventually('it is buried', async () => (await running()).join() === 'gone,n2');
  expect(await isSmall(b)).toBe(false);
  const d = await join();
  expect(await isSmall(d)).toBe(false);
  await d.stop();
  await b.stop();
  expect(await running()).toEqual(['gone']);
});
