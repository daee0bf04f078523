import type { Playback } from '../../../machines/player.ts';
import type { JsonObject } from '../../protocol/document.ts';
import type { Machine } from './machine.ts';
import { between, type Random } from './random.ts';

/** The fielded versions of the player program, oldest first. All of them report version 1.0.0. */
export const fieldVersions = ['directory', 'plain', 'default', 'snapshot', 'timezone'] as const;
export type FieldVersion = (typeof fieldVersions)[number];

export interface FieldPlayer {
  deviceId: string;
  deviceName: string;
  deviceGroup: string;
  machine: Machine;
  version: FieldVersion;
  fullDisk: boolean;
}

export interface FieldState {
  /** Its network interfaces; registrations and states use the same keys. */
  readonly network: JsonObject;
  /** Records a screenshot, which stays on the player: states contain only its path. */
  tookPicture(at: number): JsonObject;
  /** A complete state, measured now. */
  measure(vlc: Playback, now: number): JsonObject;
}

const TOTAL_MEMORY = 3_923_357_696;
const TOTAL_DISK = 61_641_601_024;
/** Between two clips, VLC reports no item for a moment. */
const GAP_MS = 150;

const iso = (at: number) => new Date(at).toISOString();
/** File systems report whole pages. */
const pages = (bytes: number) => Math.floor(bytes / 4096) * 4096;
const hundredths = (value: number) => Math.round(value * 100) / 100;

/** Builds the states of a fielded player, key by key. Constant parts are created once. */
export function createFieldState(random: Random, player: FieldPlayer, startedAt: number): FieldState {
  const { deviceId, deviceName, deviceGroup, machine, version, fullDisk } = player;
  const since = (first: FieldVersion) => fieldVersions.indexOf(version) >= fieldVersions.indexOf(first);
  const bootedAt = startedAt - between(random, 600, 30 * 86_400) * 1000;
  const loadedAt = iso(startedAt - between(random, 60, 7 * 86_400) * 1000);
  const volume = between(random, 0, 1) * between(random, 0, 256);
  const namesByTitle = random() < 1 / 8;
  const netmask = '255.255.255.0';
  /** One version sends `active` instead, for every interface. */
  const reach = (internal: boolean): JsonObject => (version === 'default' ? { active: true } : { internal });
  const network: JsonObject = {
    lo: { address: '127.0.0.1', netmask: '255.0.0.0', mac: '00:00:00:00:00:00', ...reach(true) },
    eth0: { address: machine.address, netmask, mac: machine.mac, ...reach(false) },
    wlan0: { address: machine.wlanAddress, netmask, mac: machine.wlanMac, ...reach(false) },
  };
  const system = { hostname: machine.hostName, platform: 'linux', arch: 'arm64', release: '6.12.18-v8+', cpus: 4 };
  const videosStats = { exists: true, isDirectory: true, size: 0, fileCount: 0 };
  const directory = version === 'directory' ? 'videosDirectory' : 'playlistDirectory';
  const timezone: JsonObject = since('timezone') ? { timezone: { name: 'UTC', offset: '+0000', abbr: 'UTC' } } : {};
  let freeDisk = fullDisk ? between(random, 2, 60) * 1e6 : TOTAL_DISK * (0.3 + random() * 0.4);
  let picture: JsonObject = { url: null, createdAt: null };

  const pathOf = (id: string) => `public/videos/${id}/${id}.m3u`;
  const defaultPlaylist = { playlistName: 'house', playlistPath: pathOf('house') };

  function measureVlc({ reachable, state, fullscreen, item, mediaMs }: Playback): JsonObject {
    const nothing = version === 'directory' && reachable ? '' : null;
    const name = item && (namesByTitle ? item.name : item.filename.split('/').at(-1));
    const betweenTwo = state === 'playing' && mediaMs < GAP_MS;
    return {
      connected: reachable,
      playing: state === 'playing',
      paused: state === 'paused',
      stopped: state === 'stopped',
      currentItem: betweenTwo ? null : (name ?? nothing),
      position: item ? positionOf(mediaMs / 1000 / item.duration) : 0,
      time: item ? Math.floor(mediaMs / 1000) : 0,
      length: item ? Math.floor(item.duration) : 0,
      volume,
      random: false,
      repeat: false,
      fullscreen: version === 'directory' && state === 'stopped' ? 0 : fullscreen,
    };
  }

  function measurePlaylist({ playlist, index, item, mediaMs }: Playback): JsonObject {
    const fileCount = playlist.items.length;
    const position = item ? mediaMs / 1000 / item.duration : 0;
    return {
      playlistName: playlist.id,
      playlistPath: pathOf(playlist.id),
      lastLoaded: loadedAt,
      isActive: true,
      currentIndex: version === 'snapshot' ? Math.floor(position * fileCount) : index,
      fileCount,
      ...(since('default') ? { isDefault: playlist.id === defaultPlaylist.playlistName } : {}),
      ...(version === 'default'
        ? {
            defaultPlaylistData: {
              description: 'Playlist por defecto',
              createdDate: '2026-03-02T09:00:00.000Z',
              creator: 'Sistema',
            },
          }
        : {}),
    };
  }

  return {
    network,
    tookPicture(at) {
      picture = { url: 'public/snapshots/snapshot.jpg', createdAt: iso(at) };
      return picture;
    },
    measure(vlc, now) {
      const systemAt = now - between(random, 50, 140);
      const storageAt = now - between(random, 20, 49);
      const load = random() * 2;
      // Logs grow until they are rotated.
      freeDisk = Math.max(1e6, freeDisk + (random() - 0.55) * (fullDisk ? 1e5 : 4e6));
      const freeSpace = pages(freeDisk);
      return {
        timestamp: iso(now),
        system: {
          ...system,
          totalMem: TOTAL_MEMORY,
          freeMem: pages(TOTAL_MEMORY * (0.35 + random() * 0.15)),
          uptime: hundredths((systemAt - bootedAt) / 1000),
          loadavg: [hundredths(load), hundredths(load * 0.9 + 0.1), hundredths(load * 0.8 + 0.2)],
          network,
          ...timezone,
          timestamp: iso(systemAt),
        },
        storage: {
          [directory]: './public/videos',
          videosStats,
          totalSpace: TOTAL_DISK,
          freeSpace,
          usedSpace: TOTAL_DISK - freeSpace,
          timestamp: iso(storageAt),
        },
        vlc: measureVlc(vlc),
        app: {
          deviceId,
          deviceName,
          deviceType: 'player',
          deviceGroup,
          server: { port: 3000, host: '0.0.0.0' },
          vlcConfig: { host: 'localhost', port: 8080 },
          version: '1.0.0',
          startTime: iso(now - between(random, 0, 10)),
          nodeVersion: 'v22.14.0',
        },
        activePlaylist: measurePlaylist(vlc),
        ...(since('default') ? { defaultPlaylist } : {}),
        ...(since('snapshot') ? { snapshot: picture } : {}),
      } as JsonObject;
    },
  };
}

/** VLC stores a single-precision number and prints 14 digits. */
const positionOf = (share: number) => Number(Math.fround(share).toPrecision(14));
