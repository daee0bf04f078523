import { expect, it } from 'vitest';
import { admin, gather, next, type Replica, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, type Load, settled, startCluster, startLoad } from '../support/cluster.ts';
import { startBalancer } from '../support/haproxy.ts';
import { recordOwners } from '../support/history.ts';
import type { History } from '../support/history-faults.ts';
import { type Ending, operator } from '../support/operator.ts';
import { startProxy } from '../support/proxy.ts';
import type { TestServer } from '../support/server.ts';

/** Longer than every timeout: leases, grace periods, pings, commands. */
const FROZEN_MS = 30_000;

const ids = (count: number, prefix = 'd') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
/** A device is known from its first version on, and online from the next. */
const areOnline = (count: number) => (replica: Replica) =>
  replica.documents.size === count &&
  [...replica.documents.values()].every(({ document }) => document.connection.status === 'online');
const received = (load: Load) => new Map([...load.screens].map(([id, screen]) => [id, screen.received]));

it('K5 an instance killed under load is detected in time; its devices reconnect elsewhere, others are unaffected', async () => {
  const { redis, instances } = await startCluster(3);
  const [a, b, c] = instances as [TestServer, TestServer, TestServer];
  const entry = await startBalancer(instances);
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(entry)];
  const [watching] = observers as [(typeof observers)[0] & object];
  const load = await startLoad(entry, a, ids(24));
  await startScreen(c, 'lost', { reconnection: false });
  await watching.until(areOnline(25));
  const nodeOf = (id: string) => watching.documents.get(id)?.document.connection.node;
  const unconcerned = ids(24).filter((id) => nodeOf(id) !== 'n3');
  expect(unconcerned.length, 'they are spread').toBeLessThan(24);
  const from = watching.messages.length;

  await c.stop('SIGKILL');
  const killedAt = Date.now();
  await watching.until(({ documents }) => documents.get('lost')?.document.connection.reason === 'instance_lost');
  // After 6 s, plus a margin for a busy machine.
  expect(Date.now() - killedAt).toBeLessThan(15_000);
  await watching.device('lost', ({ connection }) => connection.status === 'offline');
  await watching.until(() => ids(24).every((id) => ['n1', 'n2'].includes(nodeOf(id) ?? '')));
  await load.stop();
  const flickered = watching.messages
    .slice(from)
    .flatMap(({ updates }) => updates)
    .filter((it) => unconcerned.includes(it.deviceId) && 'patch' in it)
    .filter((it) => 'patch' in it && it.patch.some(({ path }) => path.startsWith('/connection/status')));
  expect(flickered).toEqual([]);
  const history: History = { owners, observers, received: received(load), ...load };
  await settled(history, [a, b]);
});

it('K2 the last messages of an instance that died are read from the store if they were lost and no sequence number shows it', async () => {
  const { redis, instances, join } = await startCluster(1);
  const [a] = instances as [TestServer];
  const cable = await startProxy(redis.port);
  const b = await join({ REDIS_URL: `redis://127.0.0.1:${cable.port}` });
  const atB = await faithfulObserver(b);
  // Idle, so that no instance takes it over when its own is gone.
  const screen = await startScreen(a, 'd', { reconnection: false });
  screen.socket.disconnect();
  await atB.device('d', ({ connection }) => connection.status === 'offline');
  cable.hush();
  const edit = { method: 'PATCH', body: JSON.stringify({ name: 'Hall' }) };
  expect((await a.call('/devices/d', undefined, edit)).status).toBe(200);
  const isWritten = async () => (await redis.client.hget('{vigia}:records', 'd'))?.includes('Hall') === true;
  await eventually('it is written', isWritten);
  await a.stop('SIGKILL');
  cable.unhush();
  await atB.until(({ documents }) => documents.get('d')?.document.name === 'Hall');
});

it('K2, A1 lost messages between instances are detected by sequence number within 2 s, and their content is read', async () => {
  const { redis, instances, join } = await startCluster(1, { STATE_INTERVAL_MS: '60000' });
  const [a] = instances as [TestServer];
  const cable = await startProxy(redis.port);
  const b = await join({ REDIS_URL: `redis://127.0.0.1:${cable.port}` });
  const atB = await faithfulObserver(b);
  const screen = await startScreen(a, 'd');
  const isPlaying = ({ state }: { state: object }) => JSON.stringify(state).includes('playing');
  await atB.device('d', ({ state }) => state.vlc !== undefined);
  cable.hush();
  screen.state = 'playing';
  screen.report();
  const isWritten = async () => (await redis.client.hget('{vigia}:records', 'd'))?.includes('playing') === true;
  await eventually('it is written', isWritten);
  cable.unhush();
  expect(isPlaying(atB.documents.get('d')?.document ?? { state: {} }), 'it was lost').toBe(false);
  // 2 s, plus a margin for a busy machine. The device itself sends nothing more.
  await atB.until(({ documents }) => isPlaying(documents.get('d')?.document ?? { state: {} }), 10_000);
  expect(atB.gaps).toEqual([]);
});

it('K6 an instance that was frozen for 30 s does no harm when it resumes: it owns nothing, and its players reconnect', async () => {
  const { redis, instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(b)] as const;
  const [observer] = observers;
  const load = await startLoad(a, a, ids(4, 'a'));
  // Its players stay with it, frozen or not.
  const frozen = await startLoad(b, a, ids(6, 'b'));
  await observer.until(areOnline(10));
  process.kill(b.pid, 'SIGSTOP');
  const thawed = new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
  await observer.until(
    ({ documents }) => ids(6, 'b').every((id) => documents.get(id)?.document.connection.status === 'offline'),
    FROZEN_MS,
  );
  await thawed;
  process.kill(b.pid, 'SIGCONT');
  await observer.until(({ documents }) =>
    ids(6, 'b').every((id) => documents.get(id)?.document.connection.status === 'online'),
  );
  await Promise.all([load.stop(), frozen.stop()]);
  const history: History = {
    owners,
    observers,
    received: new Map([...received(load), ...received(frozen)]),
    accepted: [...load.accepted, ...frozen.accepted],
    endings: [...load.endings, ...frozen.endings],
  };
  await settled(history, instances);
});

it('K4 Redis paused, flushed, restarted empty: instances continue with their own devices, /readyz reports it, and all converges', async () => {
  const { redis, instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(b)] as const;
  const screens = [await startScreen(a, 'a'), await startScreen(b, 'b')] as const;
  const [atA, atB] = observers;
  await Promise.all(observers.map((it) => it.until(areOnline(2))));
  const says = (replica: typeof atA, id: string, state: string) =>
    replica.device(id, (document) => (document.state.vlc as { state?: string })?.state === state);
  const set = (screen: (typeof screens)[number], state: string) => {
    screen.state = state;
    screen.report();
  };
  const isReady = async (server: TestServer) => (await server.fetch('/readyz')).status === 200;

  redis.signal('SIGSTOP');
  set(screens[0], 'playing');
  await says(atA, 'a', 'playing');
  await eventually('it says that Redis is away', async () => !(await isReady(a)));
  expect(await (await a.fetch('/readyz')).json()).toMatchObject({ reasons: ['redis cannot be reached'] });
  // Longer than an instance may be silent before it counts as dead.
  await new Promise((resolve) => setTimeout(resolve, 8000));
  const socket = admin(a);
  await next(socket, 'connect');
  expect(await socket.emitWithAck('command:send', { deviceId: 'a', command: 'vlc:stop' })).toMatchObject({ ok: true });
  await says(atA, 'a', 'stopped');
  redis.signal('SIGCONT');
  await eventually('ready again', async () => (await isReady(a)) && (await isReady(b)));
  set(screens[0], 'playing');
  await says(atB, 'a', 'playing');

  await redis.client.flushall();
  set(screens[1], 'playing');
  await says(atA, 'b', 'playing');
  await eventually('the owners write anew', async () => (await redis.client.hlen('{vigia}:records')) === 2);

  await redis.restart();
  await eventually('ready again', async () => (await isReady(a)) && (await isReady(b)));
  set(screens[1], 'paused');
  await says(atA, 'b', 'paused');
  await eventually('the owners write anew', async () => (await redis.client.hlen('{vigia}:records')) === 2);
  for (const { messages } of observers) {
    const paths = messages.flatMap((it) => it.updates).flatMap((it) => ('patch' in it ? it.patch : []));
    expect(
      paths.filter((it) => it.path === '/connection/status' && it.op === 'replace' && it.value !== 'online'),
    ).toEqual([]);
  }
  await settled({ owners, observers, received: new Map(), accepted: [], endings: [] }, instances);
});

it('K4 a device that is removed while its last change cannot be published is removed everywhere once Redis is back', async () => {
  const { redis, instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const atB = await faithfulObserver(b);
  await startScreen(a, 'd', { reconnection: false });
  await atB.device('d', ({ connection }) => connection.status === 'online');
  redis.signal('SIGSTOP');
  const edit = { method: 'PATCH', body: JSON.stringify({ name: 'Hall' }) };
  expect((await a.call('/devices/d', undefined, edit)).status).toBe(200);
  expect((await a.call('/devices/d', undefined, { method: 'DELETE' })).status).toBe(204);
  await eventually('it says that Redis is away', async () => (await a.fetch('/readyz')).status !== 200);
  redis.signal('SIGCONT');
  await atB.until(({ documents }) => documents.size === 0);
  expect((await b.call('/devices/d')).status).toBe(404);
});

it('K4 an empty Redis is filled from the database if no running instance has the data', async () => {
  const { redis, instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const observer = await faithfulObserver(a);
  for (const id of ['stays', 'goes']) {
    const screen = await startScreen(b, id, { reconnection: false });
    screen.socket.disconnect();
    await observer.device(id, ({ connection }) => connection.status === 'offline');
  }
  const edit = { method: 'PATCH', body: JSON.stringify({ name: 'Hall' }) };
  const known = (await a.call('/devices/stays', undefined, edit)).body;
  expect(known.document.name).toBe('Hall');
  const gone = (await a.call('/devices/goes')).body;
  expect((await a.call('/devices/goes', undefined, { method: 'DELETE' })).status).toBe(204);
  await Promise.all([a.stop(), b.stop()]);
  await redis.restart();

  const again = [await a.restart(), await b.restart()] as const;
  for (const it of again) {
    expect((await it.call('/devices/stays')).body).toEqual(known);
    expect((await it.call('/devices/goes')).status).toBe(404);
  }
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(again[0]), await faithfulObserver(again[1])] as const;
  for (const id of ['stays', 'goes']) await startScreen(again[1], id);
  for (const it of observers) {
    for (const id of ['stays', 'goes']) await it.device(id, ({ connection }) => connection.status === 'online');
    expect(it.documents.get('stays')).toMatchObject({ document: { name: 'Hall' } });
    expect(it.documents.get('stays')?.version).toBeGreaterThan(known.version);
    expect(it.documents.get('goes')?.version, 'past what was told of it before').toBeGreaterThan(gone.version + 1);
  }
  await settled({ owners, observers, received: new Map(), accepted: [], endings: [] }, again);
});

it('K6 an instance is cut off from Redis: the others serve its devices, and own them until their players reconnect', async () => {
  const { redis, instances, join } = await startCluster(1);
  const [a] = instances as [TestServer];
  const cable = await startProxy(redis.port);
  const b = await join({ REDIS_URL: `redis://127.0.0.1:${cable.port}` });
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(b)] as const;
  const [atA, atB] = observers;
  const screen = await startScreen(b, 'b');
  await startScreen(a, 'a');
  await Promise.all(observers.map((it) => it.until(areOnline(2))));
  // Its answer arrives at an instance that has lost the device without noticing; the owner gets none.
  const asker = await operator(b);
  const endings = gather<Ending>(asker, 'command:response');
  screen.answers = 'silent';
  const asked = { deviceId: 'b', command: 'vlc:stop', timeoutMs: 10_000, retries: 0 };
  const [{ commandId }] = (await asker.emitWithAck('command:send', asked)).commands;
  await eventually('the command is there', () => screen.received.length === 1);
  cable.cut();
  await atA.until(({ documents }) => documents.get('b')?.document.connection.status === 'offline');
  screen.respond(commandId);
  await eventually('the asker is told', () => endings.length > 0);
  const atOther = async () => (await a.call(`/commands/${commandId}`)).body.status;
  await eventually('it ends there, too', async () => !['sent', 'verifying'].includes(await atOther()));
  // There it was a timeout; the ending stored first wins.
  expect(await atOther()).toBe('success');
  screen.state = 'playing';
  screen.report();
  await atB.device('b', ({ state }) => (state.vlc as { state?: string })?.state === 'playing');
  cable.mend();
  await atA.device('b', ({ connection }) => connection.status === 'online' && connection.node === 'n2');
  await atA.device('b', ({ state }) => (state.vlc as { state?: string })?.state === 'playing');
  await settled({ owners, observers, received: new Map(), accepted: [{ commandId, deviceId: 'b' }], endings }, [a, b]);
});
