import type { Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import {
  admin,
  gather,
  next,
  playerOfSecondGeneration,
  Replica,
  register,
  type StreamMessage,
} from '../support/clients.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

async function replicaOf(socket: Socket, request?: object): Promise<Replica> {
  const replica = new Replica(socket);
  await replica.subscribe(request);
  return replica;
}

/** The server's documents, as REST returns them. */
async function documentsOf(server: TestServer): Promise<unknown[]> {
  return (await server.call('/devices?limit=1000')).body.devices;
}

const sorted = (replica: Replica) =>
  [...replica.documents.values()].sort((a, b) => (a.document.id < b.document.id ? -1 : 1));

describe('the stream', () => {
  const shared = sharedServer();

  it.each([{ transports: ['websocket'] }, { transports: ['polling'] }, {}])(
    'A1 patches applied in order give exactly the server’s documents, under load, in json and deflate (%j)',
    async (options) => {
      const server = await startServer({ PLAYER_RATE: '1000', PLAYER_BURST: '5000' });
      const [json, deflate] = await Promise.all(
        ['json', 'deflate'].map((encoding) => replicaOf(admin(server, options), { scope: { all: true }, encoding })),
      );
      if (!json || !deflate) throw new Error();
      const ids = Array.from({ length: 20 }, (_, i) => `d${i}`);
      const players = await Promise.all(
        ids.map(async (id) => {
          const player = playerOfSecondGeneration(server, id, { transports: ['websocket'] });
          await register(player, id);
          return player;
        }),
      );
      for (let n = 0; n < 50; n++) {
        for (const player of players) {
          const list = Array.from({ length: n % 7 }, (_, i) => i * n);
          player.emit('player:state', {
            timestamp: Date.now(),
            vlc: { state: n % 2 ? 'playing' : 'paused', 'a/b~c': list },
            [`k${n % 5}`]: n,
          });
        }
        if (n % 10 === 0) await Promise.all(players.map((it) => it.emitWithAck('state:update', { changes: { n } })));
      }
      await Promise.all(players.map((it) => it.emitWithAck('player:state', { last: true })));
      await server.call('/devices/d0', undefined, { method: 'DELETE' });
      for (const replica of [json, deflate]) {
        await replica.until(
          ({ documents }) =>
            documents.size === 19 && [...documents.values()].every(({ document }) => document.state.last === true),
        );
        expect(sorted(replica)).toEqual(await documentsOf(server));
        expect(replica.gaps).toEqual([]);
      }
      expect(sorted(json)).toEqual(sorted(deflate));
    },
  );

  it('A1 scopes: all, groups, devices; a device that changes groups is added whole and removed', async () => {
    for (const id of ['s1', 's2']) await shared.it.call('/devices', { id, group: 'hall' });
    const [hall, yard, one] = await Promise.all([
      replicaOf(admin(shared.it), { scope: { groups: ['hall'] } }),
      replicaOf(admin(shared.it), { scope: { groups: ['yard'] } }),
      replicaOf(admin(shared.it), { scope: { devices: ['s1', 'unborn'] } }),
    ]);
    expect([...hall.documents.keys()]).toEqual(['s1', 's2']);
    expect([...yard.documents.keys()]).toEqual([]);
    expect([...one.documents.keys()]).toEqual(['s1']);
    await shared.it.call('/devices/s1', { group: 'yard' }, { method: 'PATCH' });
    await shared.it.call('/devices', { id: 'unborn' });
    await hall.until(({ documents }) => !documents.has('s1'));
    await yard.until(({ documents }) => documents.has('s1'));
    await one.until(({ documents }) => documents.has('unborn'));
    expect(yard.documents.get('s1')).toEqual((await shared.it.call('/devices/s1')).body);
    for (const replica of [hall, yard, one]) expect(replica.gaps).toEqual([]);
  });

  it('A1 S3 a valid cursor resumes with the missed updates; an invalid one gives all documents', async () => {
    await shared.it.call('/devices', { id: 'resumed' });
    const socket = admin(shared.it);
    const replica = await replicaOf(socket);
    const { cursor } = replica;
    socket.disconnect();
    await shared.it.call('/devices/resumed', { name: 'one' }, { method: 'PATCH' });
    await shared.it.call('/devices/resumed', { name: 'two' }, { method: 'PATCH' });
    socket.connect();
    await next(socket, 'connect');
    expect(await replica.subscribe({ scope: { all: true }, cursor })).toMatchObject({ ok: true, resumed: true });
    expect(sorted(replica)).toEqual(await documentsOf(shared.it));
    expect(replica.gaps).toEqual([]);
    for (const junk of ['', 'x', 'x.1', `${cursor}9999`, `${cursor.split('.')[0]}.-1`, `${cursor.split('.')[0]}.NaN`]) {
      const answer = await socket.emitWithAck('fleet:subscribe', { scope: { all: true }, cursor: junk });
      expect(answer, junk).toMatchObject({ ok: true, devices: expect.any(Array) });
      expect(answer.resumed).toBeUndefined();
    }
  });

  it('A1 an idle stream still sends its cursor, within 5 s', async () => {
    const socket = admin(shared.it);
    const { cursor } = await replicaOf(socket, { scope: { groups: ['nobody is here'] } });
    const started = Date.now();
    expect(await next<StreamMessage>(socket, 'state:updated')).toEqual({ cursor, updates: [] });
    // Plus a margin for a busy machine.
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('A1 after fleet:unsubscribe nothing more is sent', async () => {
    await shared.it.call('/devices', { id: 'told' });
    const socket = admin(shared.it);
    const [replica, other] = await Promise.all([replicaOf(socket), replicaOf(admin(shared.it))]);
    expect(await socket.emitWithAck('fleet:unsubscribe', {})).toEqual({ ok: true });
    const { length } = replica.messages;
    await shared.it.call('/devices/told', { name: 'news' }, { method: 'PATCH' });
    await other.device('told', ({ name }) => name === 'news');
    await socket.emitWithAck('device:get', { deviceId: 'told' });
    expect(replica.messages.length).toBe(length);
  });

  it('A2 a report that changes nothing sends nothing', async () => {
    const server = await startServer({ STATE_INTERVAL_MS: '60000' });
    const player = playerOfSecondGeneration(server, 'd');
    await register(player, 'd');
    const state = { vlc: { state: 'playing' }, list: [1, { a: null }] };
    await player.emitWithAck('player:state', state);
    const replica = await replicaOf(admin(server));
    for (let i = 0; i < 20; i++) await player.emitWithAck('player:state', state);
    for (let i = 0; i < 5; i++) await player.emitWithAck('state:update', { changes: { vlc: { state: 'playing' } } });
    await register(player, 'd');
    await player.emitWithAck('player:state', { ...state, news: true });
    await replica.device('d', (it) => it.state.news === true);
    expect(replica.messages.flatMap(({ updates }) => updates).length).toBe(1);
  });

  it('A5 ticking values are learnt, sent no more often than the interval, and never wrong', async () => {
    const server = await startServer({ STATE_INTERVAL_MS: '60000', WATCH_INTERVAL_MS: '500' });
    const player = playerOfSecondGeneration(server, 'd');
    await register(player, 'd');
    const tick = (n: number, more = {}) =>
      player.emitWithAck('player:state', {
        timestamp: new Date().toISOString(),
        system: { uptime: n, freeMem: 1000 - n },
        vlc: { time: n, state: 'playing', ...more },
      });
    for (let i = 0; i < 8; i++) await tick(i);
    const socket = admin(server);
    const replica = await replicaOf(socket);
    const updates = () => replica.messages.flatMap((it) => it.updates).length;
    for (let i = 8; i <= 20; i++) await tick(i);
    const { document } = await socket.emitWithAck('device:get', { deviceId: 'd' });
    expect(document.state.vlc.time, 'the document is what the stream says').toBeLessThan(8);
    await tick(21, { item: 'b.mp4' });
    expect((await replica.device('d', ({ playback }) => playback.item === 'b.mp4')).state).toMatchObject({
      vlc: { time: 21 },
    });
    expect(updates()).toBe(1);
    await socket.emitWithAck('device:watch', { deviceId: 'd' });
    await replica.device('d', ({ report }) => report.intervalMs === 500);
    const [before, started] = [updates(), Date.now()];
    for (let i = 22; Date.now() - started < 1600; i++) {
      await tick(i, { item: 'b.mp4' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const ticks = updates() - before;
    expect(ticks).toBeGreaterThanOrEqual(2);
    expect(ticks).toBeLessThanOrEqual(4);
    expect(replica.gaps).toEqual([]);
  });
});

describe('a slow admin', () => {
  /** On SIGUSR2, logs the memory of the process after garbage collection. */
  const TELLS_MEMORY = `data:text/javascript,process.on('SIGUSR2',()=>{gc();gc();console.log(JSON.stringify({msg:'memory',rss:process.memoryUsage.rss()}))})`;
  /** In MB. */
  const memory = async (server: TestServer) => {
    const told = () => server.logs.filter(({ msg }) => msg === 'memory');
    const before = told().length;
    process.kill(server.pid, 'SIGUSR2');
    await server.logged(() => told().length > before);
    return Number(told()[before]?.rss) / 1024 ** 2;
  };

  it('A3 S6 uses bounded memory, does not affect others, and is complete again once it reads', async () => {
    const server = await startServer({ PLAYER_RATE: '10000', PLAYER_BURST: '100000' }, [
      '--expose-gc',
      '--import',
      TELLS_MEMORY,
    ]);
    const players = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const player = playerOfSecondGeneration(server, `d${i}`, { transports: ['websocket'] });
        await register(player, `d${i}`);
        return player;
      }),
    );
    const slow = admin(server, { transports: ['websocket'], reconnectionDelay: 50 });
    const slowReplica = await replicaOf(slow);
    const fast = await replicaOf(admin(server, { transports: ['websocket'] }));
    const resyncs = gather(slow, 'fleet:resync');
    slow.on('fleet:resync', () => void slowReplica.subscribe());
    slow.on('connect', () => void slowReplica.subscribe({ scope: { all: true }, cursor: slowReplica.cursor }));
    const raw = (slow.io.engine.transport as unknown as { ws: { _socket: { pause(): void; resume(): void } } }).ws
      ._socket;
    /** 50 MB to each client that reads. */
    const stream = async (round: string) => {
      for (let n = 0; n < 100; n++) {
        const state = { n, round, text: `${n}`.padEnd(50_000, `${n}${round}`) };
        await Promise.all(players.map((it) => it.emitWithAck('player:state', state)));
      }
      await fast.until(({ documents }) =>
        [...documents.values()].every(({ document: { state } }) => state.round === round && state.n === 99),
      );
    };
    // A new process grows by itself: only the growth beyond that is caused by the slow admin.
    for (const round of ['all read', 'all read still']) await stream(round);
    const before = await memory(server);
    raw.pause();
    for (const round of ['one does not read', 'not yet', 'nor now', 'at last']) await stream(round);
    expect(fast.gaps).toEqual([]);
    // Unbounded it would be 200 MB.
    await expect.poll(async () => (await memory(server)) - before).toBeLessThan(100);
    raw.resume();
    await slowReplica.until(
      ({ documents }) =>
        documents.size === 10 &&
        [...documents.values()].every(({ document }) => document.state.round === 'at last' && document.state.n === 99),
    );
    expect(sorted(slowReplica)).toEqual(sorted(fast));
    expect(resyncs.length).toBeLessThanOrEqual(1);
  });
});
