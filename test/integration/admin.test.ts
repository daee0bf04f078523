import { readFileSync } from 'node:fs';
import type { Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { admin, next, Replica, startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

async function replicaOf(socket: Socket, request?: object): Promise<Replica> {
  const replica = new Replica(socket);
  await replica.subscribe(request);
  return replica;
}

describe('A4 roles', () => {
  const shared = sharedServer();
  const ROLES = ['viewer', 'operator', 'admin'] as const;
  const target = { deviceId: 'd' };
  const REQUESTS: Record<string, { needs: (typeof ROLES)[number]; payload: object }> = {
    'fleet:subscribe': { needs: 'viewer', payload: { scope: { all: true } } },
    'fleet:more': { needs: 'viewer', payload: {} },
    'fleet:unsubscribe': { needs: 'viewer', payload: {} },
    'device:get': { needs: 'viewer', payload: target },
    'device:watch': { needs: 'viewer', payload: target },
    'device:unwatch': { needs: 'viewer', payload: target },
    'device:refresh': { needs: 'viewer', payload: { ...target, what: 'state' } },
    'command:send': { needs: 'operator', payload: { ...target, command: 'vlc:play' } },
    'command:cancel': { needs: 'operator', payload: { commandId: 'c' } },
    'rollouts:subscribe': { needs: 'viewer', payload: {} },
    'rollouts:unsubscribe': { needs: 'viewer', payload: {} },
    'alerts:subscribe': { needs: 'viewer', payload: {} },
    'alerts:unsubscribe': { needs: 'viewer', payload: {} },
  };

  it.each(ROLES)(
    'A4 a %s may do what the role allows; anything else is forbidden, and the attempt is recorded',
    async (role) => {
      await startScreen(shared.it, 'd');
      const { token } = (await shared.it.call('/tokens', { name: `a ${role}`, role })).body;
      const socket = admin(shared.it, { token });
      await next(socket, 'connect');
      for (const [event, { needs, payload }] of Object.entries(REQUESTS)) {
        const answer = await socket.emitWithAck(event, payload);
        const may = ROLES.indexOf(role) >= ROLES.indexOf(needs);
        if (may) expect(answer.error?.code ?? 'none', event).not.toBe('forbidden');
        else {
          expect(answer, event).toMatchObject({ ok: false, error: { code: 'forbidden', message: expect.any(String) } });
          await shared.it.logged(
            (line) => line.code === 'forbidden' && line.event === event && line.admin === `a ${role}`,
          );
        }
      }
      const rest: [string, RequestInit, (typeof ROLES)[number]][] = [
        ['/devices', {}, 'viewer'],
        ['/devices/d/commands', { method: 'POST', body: '{"command":"vlc:stop"}' }, 'operator'],
        ['/devices', { method: 'POST', body: '{}' }, 'admin'],
        ['/tokens', {}, 'admin'],
      ];
      for (const [path, init, needs] of rest) {
        const { status } = await shared.it.call(path, undefined, { ...init, token });
        expect(status === 403, path).toBe(ROLES.indexOf(role) < ROLES.indexOf(needs));
      }
    },
  );

  it('§4 an unknown event is answered, too, whatever its name', async () => {
    const socket = admin(shared.it);
    await next(socket, 'connect');
    for (const event of ['nonsense', '__proto__', 'constructor', 'x'.repeat(10_000)]) {
      const answer = await socket.timeout(PATIENCE_MS).emitWithAck(event, { deviceId: 'd' });
      expect(answer, event.slice(0, 20)).toMatchObject({ ok: false, error: { code: 'invalid_payload' } });
    }
  });

  it('A4 the table above contains every event that the gateway handles', () => {
    const source = readFileSync(new URL('../../src/gateway/admins.ts', import.meta.url), 'utf8');
    const declared = [...source.matchAll(/'([a-z]+:[a-z]+)': (?:read|act)\('(\w+)'/g)].map(([, event, role]) => [
      event,
      role,
    ]);
    expect(Object.fromEntries(declared)).toEqual(
      Object.fromEntries(Object.entries(REQUESTS).map(([event, { needs }]) => [event, needs])),
    );
  });

  it('A4 a revoked token ends its connections and no longer signs in', async () => {
    const { id, token } = (await shared.it.call('/tokens', { name: 'gone', role: 'viewer' })).body;
    const socket = admin(shared.it, { token });
    await next(socket, 'connect');
    const refused = next(socket, 'connect_error');
    const lost = next(socket, 'disconnect');
    expect((await shared.it.call(`/tokens/${id}`, undefined, { method: 'DELETE' })).status).toBe(204);
    await lost;
    if (socket.active) expect(await refused).toMatchObject({ data: { code: 'unauthorized' } });
    else refused.catch(() => {});
    const again = admin(shared.it, { token });
    expect(await next(again, 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
  });
});

describe('L7 limits on an admin’s requests', () => {
  const shared = sharedServer();
  const count = (answers: { ok: boolean; error?: { code: string } }[]) =>
    answers.filter((it) => it.error?.code === 'rate_limited').length;

  it('L7 2,000 requests at once: the excess is rejected, and the connection stays open', async () => {
    await shared.it.call('/devices', { id: 'd' });
    const socket = admin(shared.it);
    await next(socket, 'connect');
    const ask = () => socket.emitWithAck('device:get', { deviceId: 'd' });
    const answers = await Promise.all(Array.from({ length: 6000 }, ask));
    expect(count(answers)).toBeGreaterThan(0);
    expect(count(answers)).toBeLessThanOrEqual(4000);
    await expect.poll(async () => (await ask()).ok).toBe(true);
  });

  it('L7 an admin can watch 1,000 devices; unwatching one makes room for another', async () => {
    const ids = Array.from({ length: 1001 }, (_, i) => `w-${i}`);
    for (let i = 0; i < ids.length; i += 50)
      await Promise.all(ids.slice(i, i + 50).map((id) => shared.it.call('/devices', { id })));
    const socket = admin(shared.it);
    await next(socket, 'connect');
    const watch = (deviceId?: string) => socket.emitWithAck('device:watch', { deviceId });
    expect(count(await Promise.all(ids.slice(0, 1000).map(watch)))).toBe(0);
    expect(await watch(ids[1000])).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
    await socket.emitWithAck('device:unwatch', { deviceId: 'w-0' });
    expect(await watch(ids[1000])).toMatchObject({ ok: true });
  });

  it('L7 by REST, 2,000 requests at once with one token: then 429 with Retry-After', async () => {
    const { token } = (await shared.it.call('/tokens', { name: 'eager', role: 'viewer' })).body;
    const headers = { authorization: `Bearer ${token}` };
    const ask = () => shared.it.fetch('/api/v1/devices/d', { headers });
    let refused: Response | undefined;
    for (let asked = 0; asked < 20_000 && !refused; asked += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, ask));
      refused = answers.find(({ status }) => status === 429);
      if (refused) expect(asked).toBeGreaterThanOrEqual(1950);
    }
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await shared.it.fetch('/api/v1/devices/d')).status, 'of another token').toBe(200);
  });
});

describe('devices', () => {
  const shared = sharedServer();

  it('A4 device:get, device:refresh', async () => {
    const screen = await startScreen(shared.it, 'here');
    await shared.it.call('/devices', { id: 'absent' });
    const socket = admin(shared.it);
    expect(await socket.emitWithAck('device:get', { deviceId: 'here' })).toEqual({
      ok: true,
      ...(await shared.it.call('/devices/here')).body,
    });
    expect(await socket.emitWithAck('device:get', { deviceId: 'nobody' })).toMatchObject({
      ok: false,
      error: { code: 'device_unknown' },
    });
    const state = next(screen.socket, 'player:request:state');
    expect(await socket.emitWithAck('device:refresh', { deviceId: 'here', what: 'state' })).toEqual({ ok: true });
    await state;
    const snapshot = next(screen.socket, 'player:request:snapshot');
    // Answered once there is a picture (P10): here only the request is tested.
    socket.emit('device:refresh', { deviceId: 'here', what: 'snapshot' }, () => {});
    await snapshot;
    expect(await socket.emitWithAck('device:refresh', { deviceId: 'absent', what: 'state' })).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
    });
  });

  it('P5 a device is watched until its last watching admin disconnects', async () => {
    await startScreen(shared.it, 'seen');
    const [one, two] = [admin(shared.it), admin(shared.it)];
    const replica = await replicaOf(admin(shared.it), { scope: { devices: ['seen'] } });
    const interval = (ms: number) => replica.device('seen', ({ report }) => report.intervalMs === ms);
    for (const socket of [one, one, two]) await socket.emitWithAck('device:watch', { deviceId: 'seen' });
    await interval(200);
    one.disconnect();
    expect(await two.emitWithAck('device:watch', { deviceId: 'seen' })).toEqual({ ok: true, intervalMs: 200 });
    two.disconnect();
    await interval(1000);
  });

  it('A6 it is polled at the fastest rate that any watcher requests, but no faster than WATCH_INTERVAL_MS', async () => {
    await startScreen(shared.it, 'gentle');
    const [one, two] = [admin(shared.it), admin(shared.it)];
    const replica = await replicaOf(admin(shared.it), { scope: { devices: ['gentle'] } });
    const interval = (ms: number) => replica.device('gentle', ({ report }) => report.intervalMs === ms);
    const watch = (socket: typeof one, intervalMs?: number) =>
      socket.emitWithAck('device:watch', { deviceId: 'gentle', intervalMs });
    expect(await watch(one, 700)).toEqual({ ok: true, intervalMs: 700 });
    await interval(700);
    expect(await watch(two, 400)).toEqual({ ok: true, intervalMs: 400 });
    await interval(400);
    expect(await watch(two, 10)).toEqual({ ok: true, intervalMs: 200 });
    await interval(200);
    await watch(two, 500);
    await interval(500);
    two.disconnect();
    await interval(700);
  });

  it('P5 a device that was removed while watched, and returned, can be watched again', async () => {
    const first = await startScreen(shared.it, 'reborn');
    const socket = admin(shared.it);
    await socket.emitWithAck('device:watch', { deviceId: 'reborn' });
    const replica = await replicaOf(admin(shared.it), { scope: { devices: ['reborn'] } });
    await shared.it.call('/devices/reborn', undefined, { method: 'DELETE' });
    await replica.until(({ documents }) => !documents.has('reborn'));
    first.socket.disconnect();
    await startScreen(shared.it, 'reborn');
    await replica.device('reborn', ({ connection }) => connection.status === 'online');
    socket.disconnect();
    const other = admin(shared.it);
    expect(await other.emitWithAck('device:watch', { deviceId: 'reborn' })).toEqual({ ok: true, intervalMs: 200 });
    await replica.device('reborn', ({ report }) => report.intervalMs === 200);
    expect(await other.emitWithAck('device:unwatch', { deviceId: 'reborn' })).toEqual({ ok: true, intervalMs: 1000 });
    await replica.device('reborn', ({ report }) => report.intervalMs === 1000);
    expect(replica.gaps).toEqual([]);
  });
});
