import { expect } from 'vitest';
import { startScreen } from './clients.ts';
import { image } from './images.ts';
import type { TestServer } from './server.ts';

const put = (server: TestServer, path: string, body: object, method = 'PUT') =>
  server.call(path, undefined, { method, body: JSON.stringify(body) });

/** Makes a server of any version store something in each of its tables. The device `a` is left alone afterwards. */
export async function useEverything(server: TestServer): Promise<void> {
  const ok = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    return body as { document: { id: string } };
  };
  for (const id of ['a', 'kept-out', 'late'])
    await ok(server.call('/devices', { id, name: `Screen ${id}`, group: 'hall', labels: { city: 'Mendoza' } }));
  await ok(server.call('/devices/kept-out/block', { reason: 'stolen' }));
  await ok(server.call('/tokens', { name: 'wall', role: 'viewer', groups: ['hall'] }));
  await ok(put(server, '/policies/groups/hall', { notOnAirAfterMs: 0, recoverAfterMs: 0 }));
  const screen = await startScreen(server, 'a');
  for (const state of ['playing', 'stopped']) {
    screen.state = state;
    screen.report();
  }
  await expect.poll(() => alertsOf(server)).toMatchObject([{ alert: 'device_not_on_air', about: 'a' }]);
  await ok(server.call('/devices/a/commands?wait=true', { command: 'vlc:play', commandId: 'played' }));
  const picture = { data: (await image('png')).toString('base64') };
  screen.socket.emit('player:state', { vlc: { state: 'playing', fullscreen: false }, snapshot: picture });
  await expect.poll(async () => (await server.call('/devices/a/snapshots')).body.snapshots).toHaveLength(1);
  await ok(put(server, '/groups/hall/desired', { playback: 'playing', during: {} }));
  // For as long as the device is away. It outlives every stop.
  await ok(server.call('/devices/late/commands', { command: 'vlc:stop', commandId: 'waits', ttlMs: 3_600_000 }));
  await ok(server.call('/webhooks', { name: 'to nobody', url: 'http://192.0.2.1/events', events: ['alert.opened'] }));
  const later = { start: '2030-01-01T08:00', rrule: 'FREQ=DAILY', target: { deviceIds: ['a'] } };
  await ok(server.call('/schedules', { name: 'Opening', command: 'play', ...later }));
  const { document } = await ok(server.call('/rollouts', { command: 'vlc:snapshot', deviceIds: ['a'], watchMs: 0 }));
  await expect.poll(async () => (await server.call(`/rollouts/${document.id}`)).body.document.endedAt).toBeDefined();
  screen.socket.disconnect();
  await expect.poll(async () => (await server.call('/devices/a')).body.document.connection.status).toBe('offline');
}

export async function alertsOf(server: TestServer): Promise<{ id: string; alert: string }[]> {
  const { alerts } = (await server.call('/alerts')).body;
  return (alerts as { id: string; alert: string }[]).filter(({ alert }) => alert === 'device_not_on_air');
}

/** What a server knows of what `useEverything` stored, without what changes by itself. */
export async function everythingIn(server: TestServer): Promise<Record<string, unknown>> {
  const get = async (path: string) => {
    const { status, body } = await server.call(path);
    expect({ path, status }).toEqual({ path, status: 200 });
    return body;
  };
  const devices = [];
  for (const id of ['a', 'kept-out', 'late']) {
    const { name, group, labels, state, blocked, desired } = (await get(`/devices/${id}`)).document;
    devices.push({ name, group, labels, state, blocked, desired });
  }
  const { records } = await get('/audit?limit=1000');
  const { webhooks } = await get('/webhooks');
  const { schedules } = await get('/schedules');
  const { rollouts } = await get('/rollouts');
  return {
    devices,
    commands: [await get('/devices/a/commands'), (await get('/commands/waits')).command],
    changes: (await get('/devices/a/history?limit=1000')).changes?.length ?? 0,
    pictures: await get('/devices/a/snapshots'),
    tokens: (await get('/tokens')).tokens.map(({ lastUsedAt: _, ...token }: { lastUsedAt?: string }) => token),
    policy: await get('/policies/groups/hall'),
    desired: await get('/groups/hall/desired'),
    blocks: await get('/blocks'),
    alerts: await alertsOf(server),
    audit: records.filter(({ kind }: { kind: string }) => !/^(server|player)\./.test(kind)).slice(-10),
    webhooks: webhooks.map(({ id, name, events }: Record<string, unknown>) => ({ id, name, events })),
    schedules: schedules.map(({ id, name, rrule, target }: Record<string, unknown>) => ({ id, name, rrule, target })),
    rollouts: rollouts.map(({ id, status }: { id: string; status: string }) => ({ id, status })),
  };
}
