// Compiled in an empty project against the packed client: every line must pass, and every error must be one.
import { type Admin, ClientError, connectAdmin, connectPlayer, type DeviceDocument } from '@vigia/client';
import { connectAdmin as sameAdmin } from '@vigia/client/admin';
import { exitWhenEnded, openStorage } from '@vigia/client/node';
import { connectPlayer as samePlayer } from '@vigia/client/player';
import { createRest } from '@vigia/client/rest';

export const same = [connectAdmin === sameAdmin, connectPlayer === samePlayer];

export async function use(admin: Admin): Promise<void> {
  const { document } = await admin.get('lobby-1');
  const status: 'online' | 'reconnecting' | 'offline' = document.connection.status;
  const playing: 'playing' | 'paused' | 'stopped' | 'unavailable' | 'unknown' = document.playback.status;
  const item: string | null = document.playback.item;
  // @ts-expect-error There is no such status.
  if (document.playback.status === 'on') return;
  // @ts-expect-error There is no such field.
  document.playback.itemName;
  const ending = await admin.send({ deviceId: 'lobby-1', command: 'pause' });
  const ended: 'success' | 'error' | 'timeout' | 'undelivered' | 'cancelled' = ending.status;
  const endings = await admin.send({ group: 'lobby', command: 'play' });
  console.log(status, playing, item, ended, endings.length);
  await admin.setDesired({ group: 'lobby' }, { playback: 'playing', during: { mon: [['08:00', '22:00']] } });
  try {
    await admin.ready();
  } catch (error) {
    if (error instanceof ClientError && error.code === 'unauthorized') console.log(error.message);
  }
}

export async function commands(admin: Admin, rebooting: Admin<'reboot'>): Promise<void> {
  await admin.send({ filter: 'status:online', command: 'vlc:play', params: { loop: true }, retries: 1 });
  await admin.send({ all: true, command: 'fullscreen:on' });
  await rebooting.send({ deviceId: 'lobby-1', command: 'reboot' });
  // @ts-expect-error There is no target.
  await admin.send({ command: 'pause' });
  // @ts-expect-error There are two targets.
  await admin.send({ deviceId: 'lobby-1', group: 'lobby', command: 'pause' });
  // @ts-expect-error There is no such command.
  await admin.send({ deviceId: 'lobby-1', command: 'paus' });
  // @ts-expect-error Nobody said that players declare it.
  await admin.send({ deviceId: 'lobby-1', command: 'reboot' });
  // @ts-expect-error Parameters are an object.
  await admin.send({ deviceId: 'lobby-1', command: 'play', params: 'loop' });
}

export async function rest(): Promise<void> {
  const call = createRest({ url: 'http://localhost:3001', token: async () => 'x' });
  const { devices } = await call('GET /devices', { query: { status: 'online', limit: 5 } });
  const name: string | null | undefined = devices[0]?.document.name;
  const { token, expiresAt } = await call('POST /tokens/exchange', { body: { role: 'viewer', lifetimeS: 900 } });
  const views = await call('GET /views');
  console.log(name, token, expiresAt, views);
  // @ts-expect-error There is no such call.
  await call('GET /device');
  // @ts-expect-error It needs an id.
  await call('GET /devices/{id}');
  // @ts-expect-error There is no such status.
  await call('GET /devices', { query: { status: 'on' } });
  // @ts-expect-error A device has no such field.
  devices[0]?.document.title;
}

export function state({ state }: DeviceDocument): void {
  const volume: number | undefined = state.vlc?.volume;
  const free: number | undefined = state.storage?.freeSpace;
  const list: string | undefined = state.activePlaylist?.playlistName;
  // What only this player sends is JSON.
  const sensor: unknown = state.sensor;
  // @ts-expect-error It is a number.
  const text: string = state.vlc?.volume;
  console.log(volume, free, list, sensor, text);
}

interface Own {
  vlc: { state: string };
  light: { lux: number };
}
const own = connectPlayer<Own>({ url: 'http://localhost:3001', deviceId: 'lobby-1', token: 'x' });
own.setState({ vlc: { state: 'playing' }, light: { lux: 3 } });
own.updateState({ light: { lux: 4 } });
// @ts-expect-error It replaces the whole state.
own.setState({ light: { lux: 4 } });
// @ts-expect-error There is no such section.
own.updateState({ lights: { lux: 4 } });
exitWhenEnded(own);

const player = connectPlayer({
  url: 'http://localhost:3001',
  deviceId: 'lobby-1',
  token: 'x',
  storage: openStorage('x'),
});
player.command('reboot', { title: 'Reboot', repeatable: true }, () => {});
