import { Agent } from 'node:http';
import type { Socket } from 'socket.io-client';
import { describe, expect, it, vi } from 'vitest';
import {
  admin,
  gather,
  next,
  type PlayerCommand,
  playerOfSecondGeneration,
  Replica,
  register,
} from '../support/clients.ts';
import { figureOf } from '../support/metrics.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const shared = sharedServer();
const SOON = { timeout: PATIENCE_MS, interval: 20 };
const WEBSOCKET = { transports: ['websocket'] };

const network = (n: number) => ({
  lo: { address: '127.0.0.1', mac: '00:00:00:00:00:00', internal: true },
  eth0: { address: `192.0.2.${n}`, mac: `02:00:00:00:00:0${n}`, internal: false },
});
const stateOf = (item: string, hostname: string) => ({
  system: { hostname },
  vlc: { connected: true, playing: true, paused: false, stopped: false, currentItem: item },
});

interface Machine {
  socket: Socket;
  sessionId: string;
  errors: { code: string }[];
  asked: unknown[];
  commands: PlayerCommand[];
  report(item: string): Promise<unknown>;
}

/** A player on a machine of its own by default; it sends nothing by itself. */
async function machine(
  n: number,
  id: string,
  { server = shared.it, deviceNetwork = network(n) as object | null, options = {} as object } = {},
): Promise<Machine> {
  const socket = playerOfSecondGeneration(server, id, { ...WEBSOCKET, reconnection: false, ...options });
  const errors = gather<{ code: string }>(socket, 'player:error');
  const asked = gather(socket, 'player:request:state');
  const commands = gather<PlayerCommand>(socket, 'player:command');
  const profile = deviceNetwork ? { deviceNetwork, deviceName: `name-${n}` } : {};
  const { sessionId } = await register(socket, id, profile);
  const report = (item: string) => socket.emitWithAck('player:state', stateOf(item, `host-${n}`));
  return { socket, sessionId, errors, asked, commands, report };
}

const documentOf = async (id: string, server = shared.it) => (await server.call(`/devices/${id}`)).body.document;
const connectionOf = async (id: string, server?: TestServer) => (await documentOf(id, server)).connection;
const becomes = (id: string, connection: object, server?: TestServer) =>
  vi.waitFor(async () => expect(await connectionOf(id, server)).toMatchObject(connection), SOON);
const noConflict = (id: string, server?: TestServer) =>
  vi.waitFor(async () => expect((await connectionOf(id, server)).conflict).toBeUndefined(), SOON);
const conflicts = async (id: string, server = shared.it) =>
  (await server.call(`/audit?kind=device.conflict&deviceId=${id}`)).body.records;

/** The machine is off, or disconnected: it reads and answers nothing, and the connection does not close. */
function freeze({ socket }: Machine): void {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: { pause(): void } } } };
  transport.ws._socket.pause();
}

describe('P8 two machines, one id', () => {
  it('the second one becomes the device; both are named at once, in the document, an alert, the audit, the log and a metric', async () => {
    const counted = await figureOf(shared.it, 'vigia_conflicts_total');
    const one = await machine(1, 'two');
    await one.report('a.mp4');
    const two = await machine(2, 'two');
    await becomes('two', {
      status: 'online',
      sessionId: two.sessionId,
      conflict: {
        since: expect.any(String),
        places: ['127.0.0.1 02:00:00:00:00:02 name-2', '127.0.0.1 02:00:00:00:00:01 host-1'],
      },
    });
    expect([one.socket.connected, one.errors]).toEqual([true, []]);
    await two.report('b.mp4');
    const places = ['127.0.0.1 02:00:00:00:00:02 host-2', '127.0.0.1 02:00:00:00:00:01 host-1'];
    await becomes('two', { conflict: { places } });
    await shared.it.logged(({ msg, deviceId }) => msg === 'two machines use this device id' && deviceId === 'two');
    const records = await conflicts('two');
    expect(records).toMatchObject([{ actor: 'server', kind: 'device.conflict', deviceId: 'two', outcome: 'ok' }]);
    expect(records[0].details.places).toHaveLength(2);
    expect(await figureOf(shared.it, 'vigia_conflicts_total')).toBe(counted + 1);
    const socket = admin(shared.it);
    await next(socket, 'connect');
    const answer = await socket.emitWithAck('device:get', { deviceId: 'two' });
    expect(answer.document.connection.conflict.places).toEqual(places);
    const alert = async () =>
      (await shared.it.call('/alerts')).body.alerts.find((it: { about: string }) => it.about === 'two');
    // Told before the newer one has sent a state with its host name.
    const told = [expect.stringContaining('02:00:00:00:00:02'), expect.stringContaining('02:00:00:00:00:01')];
    expect(await alert()).toMatchObject({ alert: 'device_conflict', details: { places: told } });
  });

  it('reports of the displaced one are ignored, it is not polled, and commands go to the other one', async () => {
    const one = await machine(1, 'mute');
    await one.report('a.mp4');
    const two = await machine(2, 'mute');
    await two.report('b.mp4');
    await becomes('mute', { conflict: expect.anything() });
    const { asked } = one;
    asked.length = 0;
    const { version } = (await shared.it.call('/devices/mute')).body;

    const sent = shared.it.call('/devices/mute/commands?wait=true', {
      command: 'vlc:play',
      timeoutMs: 2000,
      retries: 0,
    });
    const { commandId } = await next<PlayerCommand>(two.socket, 'player:command');
    const picture = { data: 'bm90IGEgcGljdHVyZQ==' };
    expect(await one.report('lie.mp4')).toEqual({ ok: true });
    expect(await one.socket.emitWithAck('player:state', { snapshot: picture })).toEqual({ ok: true });
    expect(await one.socket.emitWithAck('state:update', { changes: { vlc: { currentItem: 'lie.mp4' } } })).toEqual({
      ok: true,
    });
    expect(
      await one.socket.emitWithAck('player:command:response', { commandId, status: 'error', message: 'lie' }),
    ).toEqual({ ok: true });
    expect(await one.socket.emitWithAck('player:register', { deviceId: 'mute' })).toMatchObject({
      sessionId: one.sessionId,
    });
    two.socket.emit('player:command:response', { commandId, status: 'success' });
    expect((await sent).body.commands).toMatchObject([{ status: 'success', confirmedBy: 'response' }]);
    // The regular polling continues, and polls only the device.
    await next(two.socket, 'player:request:state');

    const { document } = (await shared.it.call('/devices/mute')).body;
    expect(document).toMatchObject({ playback: { item: 'b.mp4' }, connection: { sessionId: two.sessionId } });
    expect(document.report.refused).toBeUndefined();
    expect([one.asked, one.commands, one.errors]).toEqual([[], [], []]);
    const after = (await shared.it.call(`/devices/mute/history?from=2000-01-01T00:00:00Z`)).body.changes;
    expect(JSON.stringify(after.filter((it: { version: number }) => it.version > version))).not.toContain('lie');
  });

  it('the newer one leaves: the displaced one becomes the device again by itself, and is polled', async () => {
    const replica = new Replica(admin(shared.it));
    await next(replica.socket, 'connect');
    await replica.subscribe({ scope: { devices: ['back'] } });
    const one = await machine(1, 'back');
    const two = await machine(2, 'back');
    await replica.device('back', ({ connection }) => connection.conflict !== undefined);
    one.asked.length = 0;
    const seen = replica.messages.length;
    two.socket.disconnect();
    await replica.device('back', ({ connection }) => connection.sessionId === one.sessionId);
    expect((await connectionOf('back')).conflict).toBeUndefined();
    const told = replica.messages.slice(seen).flatMap(({ updates }) => updates);
    expect(told.filter(({ deviceId }) => deviceId === 'back')).toHaveLength(1);
    await vi.waitFor(() => expect(one.asked.length).toBeGreaterThan(0), SOON);
    await one.report('again.mp4');
    expect((await documentOf('back')).playback.item).toBe('again.mp4');
    const sent = shared.it.call('/devices/back/commands?wait=true', { command: 'vlc:stop', retries: 0 });
    one.socket.emit('player:command:response', {
      commandId: (await next<PlayerCommand>(one.socket, 'player:command')).commandId,
      status: 'success',
    });
    expect((await sent).body.commands).toMatchObject([{ status: 'success' }]);
  });

  it('over long-polling too, with which fielded players start', async () => {
    const options = { transports: ['polling'] };
    const [one, two] = [await machine(1, 'polling', { options }), await machine(2, 'polling', { options })];
    await becomes('polling', { sessionId: two.sessionId, conflict: expect.anything() });
    two.socket.disconnect();
    await becomes('polling', { status: 'online', sessionId: one.sessionId });
    await noConflict('polling');
  });

  it('the displaced one leaves: the conflict ends, and the device stays as it is', async () => {
    const one = await machine(1, 'alone');
    const two = await machine(2, 'alone');
    await becomes('alone', { conflict: expect.anything() });
    one.socket.disconnect();
    await noConflict('alone');
    const { alerts } = (await shared.it.call('/alerts?about=alone')).body;
    expect(alerts, 'told at once, however short').toMatchObject([{ alert: 'device_conflict' }]);
    expect(await connectionOf('alone')).toMatchObject({ status: 'online', sessionId: two.sessionId });
  });

  it('three machines: the newest is the device, and the others take over in turn', async () => {
    const [one, two, three] = [await machine(1, 'three'), await machine(2, 'three'), await machine(3, 'three')];
    await vi.waitFor(async () => expect((await connectionOf('three')).conflict?.places).toHaveLength(3), SOON);
    three.socket.disconnect();
    await becomes('three', { sessionId: two.sessionId });
    expect((await connectionOf('three')).conflict.places).toHaveLength(2);
    two.socket.disconnect();
    await becomes('three', { sessionId: one.sessionId });
    await noConflict('three');
    expect([one, two, three].map(({ errors }) => errors)).toEqual([[], [], []]);
    expect(await conflicts('three')).toHaveLength(1);
  });

  it('a connection that died unnoticed is no machine: it is ended, and there is no conflict', async () => {
    const one = await machine(1, 'dead');
    freeze(one);
    const two = await machine(2, 'dead');
    await shared.it.logged(({ msg, deviceId }) => msg === 'takeover' && deviceId === 'dead');
    await shared.it.logged(({ msg, sessionId }) => msg === 'session replaced' && sessionId === one.sessionId);
    expect(await connectionOf('dead')).toMatchObject({ status: 'online', sessionId: two.sessionId });
    expect((await connectionOf('dead')).conflict).toBeUndefined();
    expect(await conflicts('dead')).toEqual([]);
    two.socket.disconnect();
    await becomes('dead', { status: 'offline' });
  });

  it('a server restart: the last to register is the device, and there is a conflict again', async () => {
    const server = await startServer();
    const options = { reconnection: true };
    const one = await machine(1, 'd', { server, options });
    const two = await machine(2, 'd', { server, options });
    for (const { socket } of [one, two]) {
      socket.on('connect', () => {
        const n = socket === one.socket ? 1 : 2;
        socket.emit('player:register', { deviceId: 'd', deviceNetwork: network(n) });
      });
    }
    await becomes('d', { conflict: expect.anything() }, server);
    await server.stop();
    const again = await server.restart();
    await becomes('d', { status: 'online', conflict: expect.anything() }, again);
    expect((await connectionOf('d', again)).conflict.places).toHaveLength(2);
    expect([one.socket.connected, two.socket.connected]).toEqual([true, true]);
  });

  it('a removed device is ended on the sockets of both', async () => {
    const [one, two] = [await machine(1, 'removed'), await machine(2, 'removed')];
    await becomes('removed', { conflict: expect.anything() });
    const gone = [one, two].map(({ socket }) => next(socket, 'disconnect'));
    await shared.it.fetch('/api/v1/devices/removed', { method: 'DELETE' });
    await Promise.all(gone);
    expect([one.errors, two.errors].map((it) => it.at(-1)?.code)).toEqual(['revoked', 'revoked']);
    expect((await shared.it.call('/devices/removed')).status).toBe(404);
  });
});

describe('P8 one machine', () => {
  const replaced = async (one: Machine) => {
    await vi.waitFor(() => expect(one.errors).toMatchObject([{ code: 'session_replaced' }]), SOON);
    await vi.waitFor(() => expect(one.socket.connected).toBe(false), SOON);
  };

  it('the same hardware address, also on another interface: the older connection is ended', async () => {
    const one = await machine(1, 'same');
    const both = { wlan0: { address: '192.0.2.9', mac: '02:00:00:00:00:09' }, ...network(1) };
    const two = await machine(1, 'same', { deviceNetwork: both });
    await replaced(one);
    expect(await connectionOf('same')).toMatchObject({ status: 'online', sessionId: two.sessionId });
    expect((await connectionOf('same')).conflict).toBeUndefined();
  });

  it('without hardware addresses the peer address decides', async () => {
    const from = (localAddress: string) => ({
      options: { agent: new Agent({ localAddress }) },
      deviceNetwork: null,
    });
    const one = await machine(1, 'bare', from('127.0.0.2'));
    const two = await machine(1, 'bare', from('127.0.0.2'));
    await replaced(one);
    const other = await machine(2, 'bare', from('127.0.0.3'));
    await becomes('bare', { sessionId: other.sessionId, conflict: { places: ['127.0.0.3', '127.0.0.2'] } });
    expect(two.socket.connected).toBe(true);
  });

  it('a displaced machine that reconnects becomes the device; its older connection is ended', async () => {
    const [one, two] = [await machine(1, 'anew'), await machine(2, 'anew')];
    await becomes('anew', { conflict: expect.anything() });
    const again = await machine(1, 'anew');
    await replaced(one);
    await becomes('anew', { sessionId: again.sessionId, conflict: { places: expect.anything() } });
    expect((await connectionOf('anew')).conflict.places).toHaveLength(2);
    expect([two.socket.connected, two.errors]).toEqual([true, []]);
    expect(await conflicts('anew')).toHaveLength(1);
  });
});
