import type { Playback } from '../../../machines/player.ts';
import type { JsonObject } from '../../protocol/document.ts';
import { playlists } from './content.ts';
import type { Machine } from './machine.ts';
import { between, pick, type Random } from './random.ts';

const processors = ['BCM2711', 'Intel N100', 'Intel i3-10110U'] as const;
const systems = ['Debian GNU/Linux 12', 'Raspberry Pi OS 12', 'Ubuntu 22.04.4 LTS'] as const;
const GIB = 1024 ** 3;

/**
 * The states of our library's simulated players: about 2 kB, of which a few small values change with time. Constant
 * parts are created once.
 */
export function createLibraryState(random: Random, machine: Machine, startedAt: number) {
  const total = pick(random, [2, 4, 8] as const) * GIB;
  const booted = startedAt - between(random, 60, 30 * 86_400) * 1000;
  const disk = pick(random, [32, 64, 128] as const) * GIB;
  const usedDisk = Math.floor(disk * (0.2 + random() * 0.6));
  const volume = between(random, 0, 256);
  const system = {
    hostname: machine.hostName,
    os: { platform: 'linux', distribution: pick(random, systems), kernel: '6.6.31', arch: 'x64' },
    cpu: { model: pick(random, processors), cores: 4, speedMhz: 1800 },
    displays: [{ name: 'HDMI-1', width: 1920, height: 1080, refreshHz: 60, connected: true }],
    network: { eth0: { address: machine.address, mac: machine.mac, family: 'IPv4' } },
    timezone: 'Europe/Madrid',
  };
  const storage = {
    media: { path: '/media', total: disk, used: usedDisk, free: disk - usedDisk, files: between(random, 20, 400) },
    root: { path: '/', total: 16 * GIB, used: 5_368_709_120, free: 11_811_160_064, readOnly: false },
  };
  const app = { name: 'screen-player', version: '2.3.1', pid: between(random, 400, 30_000), node: '20.19.5' };
  const { id, name, items } = playlists[0];
  const defaultPlaylist = { id, name, count: items.length, updatedAt: '2026-01-12T06:00:00.000Z' };

  return (vlc: Playback, now: number): JsonObject => {
    const used = Math.floor(total * (0.4 + random() * 0.1));
    return {
      timestamp: new Date(now).toISOString(),
      system: {
        ...system,
        uptime: Math.floor((now - booted) / 1000),
        load: Math.round(random() * 150) / 100,
        temperature: between(random, 48, 56),
        memory: { total, free: total - used, used },
      },
      storage,
      ...playbackSections(vlc, volume),
      app: { ...app, uptime: Math.floor((now - startedAt) / 1000) },
      defaultPlaylist,
    };
  };
}

/** Times are in seconds, `position` is from 0 to 1. */
export function playbackSections({ state, fullscreen, item, playlist, index, mediaMs }: Playback, volume: number) {
  return {
    vlc: {
      state,
      fullscreen,
      time: Math.floor(mediaMs / 1000),
      length: Math.floor(item?.duration ?? 0),
      position: item ? Math.round((mediaMs / item.duration) * 10) / 10_000 : 0,
      volume,
      rate: 1,
      item: item?.name ?? null,
      filename: item?.filename ?? null,
      loop: true,
      repeat: false,
      random: false,
    },
    activePlaylist: {
      id: playlist.id,
      name: playlist.name,
      index,
      items: playlist.items.map((it) => ({ ...it })),
    },
  };
}
