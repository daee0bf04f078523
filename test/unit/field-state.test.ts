import { describe, expect, it } from 'vitest';
import type { Playback, Playlist } from '../../machines/player.ts';
import { inventory, read, sectionTimes } from '../../machines/reading.ts';
import { createFieldState, type FieldVersion, fieldVersions } from '../../src/cli/simulator/field-state.ts';
import { describeMachine } from '../../src/cli/simulator/machine.ts';
import { createRandom } from '../../src/cli/simulator/random.ts';

const playlist: Playlist = {
  id: 'rooms',
  name: 'Rooms',
  items: [
    { name: 'First room', filename: '/media/rooms/first.mp4', duration: 15.04 },
    { name: 'Second room', filename: '/media/rooms/second.mp4', duration: 47.04 },
    { name: 'Third room', filename: '/media/rooms/third.mp4', duration: 15.04 },
  ],
};
const playing: Playback = {
  reachable: true,
  state: 'playing',
  fullscreen: false,
  playlist,
  index: 1,
  item: playlist.items[1],
  mediaMs: 40_123.4,
};
const stopped: Playback = { ...playing, state: 'stopped', item: undefined, mediaMs: 0 };
const now = Date.parse('2026-05-04T10:00:00.000Z');

function fieldState(version: FieldVersion, { seed = 1, fullDisk = false } = {}) {
  const player = { deviceId: 'd', deviceName: 'D', deviceGroup: 'g', machine: describeMachine('room-1', 7), version };
  return createFieldState(createRandom(seed), { ...player, fullDisk }, now - 60_000);
}

// biome-ignore lint/suspicious/noExplicitAny: read as an outsider does
const measured = (version: FieldVersion, vlc: Playback = playing, at = now): any =>
  fieldState(version).measure(vlc, at);

describe.each(fieldVersions)('a state of version %s', (version) => {
  it('has the sections and keys of fielded players', () => {
    const state = measured(version);
    expect(Object.keys(state).slice(0, 6)).toEqual(['timestamp', 'system', 'storage', 'vlc', 'app', 'activePlaylist']);
    expect(Object.keys(state.system)).toEqual(
      'hostname platform arch release cpus totalMem freeMem uptime loadavg network'
        .split(' ')
        .concat(version === 'timezone' ? ['timezone', 'timestamp'] : ['timestamp']),
    );
    expect(Object.keys(state.storage)).toEqual([
      version === 'directory' ? 'videosDirectory' : 'playlistDirectory',
      ...['videosStats', 'totalSpace', 'freeSpace', 'usedSpace', 'timestamp'],
    ]);
    expect(Object.keys(state.vlc).join(' ')).toBe(
      'connected playing paused stopped currentItem position time length volume random repeat fullscreen',
    );
    expect(Object.keys(state.app).join(' ')).toBe(
      'deviceId deviceName deviceType deviceGroup server vlcConfig version startTime nodeVersion',
    );
    const size = JSON.stringify(state).length;
    expect(size).toBeGreaterThan(1300);
    expect(size).toBeLessThan(1900);
  });

  it('is read as what VLC does', () => {
    expect(read(measured(version))).toMatchObject({
      status: 'playing',
      item: 'second.mp4',
      playlist: 'rooms',
      timeMs: 40_000,
      lengthMs: 47_000,
    });
    expect(read(measured(version, stopped)).status).toBe('stopped');
    expect(read(measured(version, { ...playing, state: 'paused' })).status).toBe('paused');
    expect(read(measured(version, { ...stopped, reachable: false }))).toMatchObject({
      status: 'unavailable',
      item: null,
    });
    expect(inventory(measured(version))).toMatchObject({
      hostName: 'room-1',
      addresses: expect.arrayContaining(['10.20.0.7']),
      disk: { totalBytes: 61_641_601_024 },
    });
  });

  it('its sections were measured some tens of milliseconds before, and its program reports that it has just started', () => {
    const state = measured(version);
    const before = now - (sectionTimes(state).earliest as number);
    expect(before).toBeGreaterThan(40);
    expect(before).toBeLessThan(150);
    expect(now - Date.parse(state.app.startTime)).toBeLessThan(20);
  });
});

describe('VLC’s values', () => {
  it('a position in single precision with 14 digits, and whole seconds', () => {
    const { position, time } = measured('plain').vlc;
    expect(String(position)).toMatch(/^0\.\d{12,16}$/);
    expect(position).toBeCloseTo(40.1234 / 47.04, 6);
    expect(time).toBe(40);
  });

  it('stopped, the oldest version has an empty item and 0 for fullscreen, the others null and false', () => {
    expect(measured('directory', stopped).vlc).toMatchObject({
      currentItem: '',
      fullscreen: 0,
      position: 0,
      length: 0,
    });
    expect(measured('plain', stopped).vlc).toMatchObject({ currentItem: null, fullscreen: false });
  });

  it('no item for a moment between two items', () => {
    expect(measured('plain', { ...playing, mediaMs: 20 }).vlc).toMatchObject({ playing: true, currentItem: null });
  });

  it('one version derives its place in the playlist from the position', () => {
    expect(measured('snapshot').activePlaylist).toMatchObject({ currentIndex: 2, fileCount: 3 });
    expect(measured('plain').activePlaylist).toMatchObject({ currentIndex: 1, fileCount: 3 });
  });
});

it('a new picture is reported by its path only, from the next measurement on', () => {
  const field = fieldState('snapshot');
  expect(field.measure(playing, now)).toMatchObject({ snapshot: { url: null, createdAt: null } });
  field.tookPicture(now);
  expect(field.measure(playing, now + 1000)).toMatchObject({
    snapshot: { url: 'public/snapshots/snapshot.jpg', createdAt: '2026-05-04T10:00:00.000Z' },
  });
});

it('a full disk has almost no free space, however long it runs', () => {
  const field = fieldState('plain', { fullDisk: true });
  for (let i = 0; i < 1000; i++) field.measure(playing, now + i * 30_000);
  const { disk } = inventory(field.measure(playing, now));
  expect(disk && disk.usedBytes / disk.totalBytes).toBeGreaterThan(0.99);
});
