import { expect, it } from 'vitest';
import { hash } from '../../src/access/tokens.ts';
import { next, playerOfSecondGeneration, register, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, nodeOf, settled, startCluster, startLoad } from '../support/cluster.ts';
import { openTestDatabase } from '../support/databases.ts';
import { startBalancer } from '../support/haproxy.ts';
import { recordOwners } from '../support/history.ts';
import { previousVersion, released } from '../support/released.ts';
import { MAIN, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The full run: VIGIA_PLAYERS=3000 npx vitest run test/integration/cluster-rolling.test.ts */
const PLAYERS = Number(process.env.VIGIA_PLAYERS ?? 40);
const ADMINS = 5;

/** Upgrades each instance; one of the previous version crashes meanwhile; then one goes back. */
const STEPS: { instance: number; to: 'previous' | 'current'; signal?: 'SIGKILL' }[] = [
  { instance: 0, to: 'current' },
  { instance: 2, to: 'previous', signal: 'SIGKILL' },
  { instance: 1, to: 'current' },
  { instance: 2, to: 'current' },
  { instance: 0, to: 'previous' },
];

it(`K8, I9 a rolling upgrade of three instances, and back, under ${PLAYERS} players and ${ADMINS} admins: all reconnect, nothing is lost`, async () => {
  const previous = await released(previousVersion);
  const env = {
    // A thousand players per instance need time to disconnect, and the last records must not be lost.
    DRAIN_MS: PLAYERS > 100 ? '20000' : '10000',
    OFFLINE_GRACE_MS: '15000',
    COMMAND_TIMEOUT_MS: PLAYERS > 100 ? '3000' : '300',
    STATE_INTERVAL_MS: PLAYERS > 100 ? '30000' : '1000',
  };
  const { redis, instances } = await startCluster(3, env, [], previous);
  const entry = await startBalancer(instances);
  const owners = await recordOwners(redis.url);
  const observers = await Promise.all(Array.from({ length: ADMINS }, () => faithfulObserver(entry)));
  const ids = Array.from({ length: PLAYERS }, (_, i) => `d${i}`);
  // Not through the balancer: what was just sent to an asker is lost if its instance crashes at that moment.
  const load = await startLoad(entry, instances[1] as TestServer, ids);
  const areOnline = () =>
    observers.every(({ documents }) => ids.every((id) => documents.get(id)?.document.connection.status === 'online'));
  await eventually('all are online', areOnline, 60_000);

  /** The devices that each observer does not see online, and the players' own view. */
  const missing = () =>
    observers.map(({ documents }) =>
      ids
        .filter((id) => documents.get(id)?.document.connection.status !== 'online')
        .map((id) => [id, documents.get(id)?.document.connection, load.screens.get(id)?.socket.connected]),
    );

  const figures: object[] = [];
  for (const { instance, to, signal } of STEPS) {
    const begun = Date.now();
    expect(await instances[instance]?.stop(signal)).toBe(signal ? null : 0);
    const stopped = Date.now();
    const restarted = (await instances[instance]?.restart({}, to === 'current' ? MAIN : previous)) as TestServer;
    instances[instance] = restarted;
    await eventually('it is ready', async () => (await restarted.fetch('/readyz')).status === 200);
    const ready = Date.now();
    await eventually('all are online', areOnline, 60_000).catch(async (error) => {
      const [first] = missing().flat();
      const known = await Promise.all(instances.map((it) => it.call(`/devices/${first?.[0]}`)));
      const gaps = observers.map((it) => it.gaps.slice(0, 5));
      const counts = missing().map((it) => it.length);
      throw new Error(`${error.message}: ${JSON.stringify({ counts, gaps, first, known })}`);
    });
    figures.push({ stop: stopped - begun, start: ready - stopped, allOnlineAfter: Date.now() - begun });
  }
  await load.stop();
  const history = {
    owners,
    observers,
    received: new Map([...load.screens].map(([id, it]) => [id, it.received])),
    ...load,
  };
  await settled(history, instances);
  const wentOffline = observers.flatMap(({ messages }) =>
    messages
      .flatMap(({ updates }) => updates)
      .flatMap((it) => ('patch' in it ? it.patch : []))
      .filter((it) => it.path === '/connection/status' && 'value' in it && it.value === 'offline'),
  );
  expect(wentOffline, 'nobody was offline').toEqual([]);
  expect(load.accepted.length).toBeGreaterThan(20);
  if (PLAYERS > 100) console.log(JSON.stringify({ PLAYERS, commands: load.accepted.length, restarts: figures }));
}, 600_000);

it('K8 long-polling players behind one address stay with their instance, and move to another one when it stops', async () => {
  const { instances } = await startCluster(3);
  const entry = await startBalancer(instances);
  const ids = Array.from({ length: 9 }, (_, i) => `p${i}`);
  const screens = await Promise.all(ids.map((id) => startScreen(entry, id, { transports: ['polling'] })));
  const observer = await faithfulObserver(entry);
  const isPlaying = (id: string) =>
    (observer.documents.get(id)?.document.state.vlc as { state?: string } | undefined)?.state === 'playing';
  const report = () => {
    for (const screen of screens) {
      screen.state = 'playing';
      screen.report();
    }
  };
  const were = screens.map(({ socket }) => nodeOf(socket));
  expect(new Set(were), 'no cookie, one address, all instances').toEqual(new Set(['n1', 'n2', 'n3']));
  const sessions = screens.map(({ socket }) => socket.id);
  report();
  await observer.until(() => ids.every(isPlaying));
  expect(
    screens.map(({ socket }) => socket.id),
    'not one has lost its session',
  ).toEqual(sessions);

  expect(await instances[0]?.stop('SIGTERM')).toBe(0);
  const isOnline = (id: string) => observer.documents.get(id)?.document.connection;
  await observer.until(() => ids.every((id) => isOnline(id)?.status === 'online' && isOnline(id)?.node !== 'n1'));
  const stayed = sessions.filter((_, i) => were[i] !== 'n1');
  expect(screens.map(({ socket }) => socket.id).filter((_, i) => were[i] !== 'n1')).toEqual(stayed);
});

it('P1 a PLAYER_TOKEN that one instance was restarted with is valid at the others at once; wrong ones stay refused', async () => {
  const { instances, databaseUrl } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const player = (authToken: string) =>
    playerOfSecondGeneration(a, authToken, { auth: { deviceId: authToken, authToken }, transports: ['websocket'] });
  await b.stop();
  await b.restart({ PLAYER_TOKEN: 'the-new-token' });
  await Promise.all(['the-new-token', a.playerToken].map((token) => register(player(token), token)));

  // As if the instance that stored it had not yet been heard of.
  const database = await openTestDatabase({ dataDir: await temporaryDirectory(), databaseUrl });
  await database.write([database.db.insertInto('fleet_tokens').values({ hash: hash('stored-only'), record: '{}' })]);
  await register(player('stored-only'), 'stored-only');
  expect(await next(player('a-wrong-token'), 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
});
