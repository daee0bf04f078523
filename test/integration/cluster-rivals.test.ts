import { expect, it } from 'vitest';
import { startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, settled, startCluster } from '../support/cluster.ts';
import { recordOwners } from '../support/history.ts';
import { startProxy } from '../support/proxy.ts';
import type { TestServer } from '../support/server.ts';

const isReady = async (server: TestServer) => (await server.fetch('/readyz')).status === 200;
const isCutOff = async (server: TestServer) => !(await isReady(server));

it('K4, D1 of two instances that took one device, each cut off, the owner goes on beyond what the other one has told', async () => {
  const { redis, join } = await startCluster(0);
  const cables = [await startProxy(redis.port), await startProxy(redis.port)] as const;
  const at = (cable: (typeof cables)[number]) => join({ REDIS_URL: `redis://127.0.0.1:${cable.port}` });
  const [a, b, c] = [await at(cables[0]), await at(cables[1]), await join()] as const;
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(b)] as const;
  const [atA, atB] = observers;
  // Nobody's: known to all, and of the same epoch to both that take it.
  const earlier = await startScreen(c, 'd', { reconnection: false });
  earlier.socket.disconnect();
  const offline = observers.map((it) => it.device('d', ({ connection }) => connection.status === 'offline'));
  await Promise.all(offline);
  await c.stop();

  for (const cable of cables) cable.cut();
  await eventually('both know that they are cut off', async () => (await isCutOff(a)) && (await isCutOff(b)));
  const first = await startScreen(a, 'd', { reconnection: false });
  await atA.device('d', ({ connection }) => connection.node === 'n1');
  const second = await startScreen(b, 'd', { reconnection: false });
  second.state = 'paused';
  second.report();
  await atB.device('d', ({ state }) => (state.vlc as { state?: string })?.state === 'paused');
  const version = (of: typeof atA) => of.documents.get('d')?.version ?? 0;
  expect(version(atB), 'the one that is to lose it has told more').toBeGreaterThan(version(atA));

  cables[0].mend();
  const claim = async () => (await redis.client.hget('{vigia}:claims', 'd')) ?? '';
  await eventually('the first one has it', async () => / n1:/.test(await claim()));
  const [toldByLoser, toldByOwner] = [version(atB), version(atA)];
  expect(toldByLoser).toBeGreaterThan(toldByOwner);
  cables[1].mend();
  await eventually('the other one lets it go', () => !second.socket.connected);
  // Nothing else need happen to the device for it to be told.
  await atB.device('d', ({ connection }) => connection.node === 'n1');
  expect(version(atB)).toBeGreaterThan(toldByLoser);
  first.state = 'playing';
  first.report();
  for (const it of observers)
    await it.device('d', ({ state }) => (state.vlc as { state?: string })?.state === 'playing');
  await settled({ owners, observers, received: new Map(), accepted: [], endings: [] }, [a, b]);
}, 90_000);
