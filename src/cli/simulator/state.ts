import { type PlayerSnapshot, type Playlist, reportOf } from '../../../machines/player.ts';
import { appVersions, processors, systems } from './content.ts';
import { between, pick, type Random } from './random.ts';

export interface Profile {
  deviceId: string;
  deviceName: string;
  deviceGroup: string;
  appVersion: string;
  deviceNetwork: Record<string, { address: string; mac: string; family: string }>;
}

export function describe(
  random: Random,
  { number, prefix, group, name }: { number: number; prefix: string; group: string; name: string },
): Profile {
  const [high, low] = [(number >> 8) & 255, number & 255];
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  return {
    deviceId: `${prefix}-${String(number).padStart(4, '0')}`,
    deviceName: name,
    deviceGroup: group,
    appVersion: pick(random, appVersions),
    deviceNetwork: {
      eth0: {
        address: `10.20.${high}.${low}`,
        mac: `02:00:5e:${hex(number >> 16)}:${hex(high)}:${hex(low)}`,
        family: 'IPv4',
      },
    },
  };
}

export type StateOf = (snapshot: PlayerSnapshot, now: number) => object;

/**
 * Makes the function that tells a player's state: about 2 kB, of which a few small values move with time.
 * All that does not move is made once.
 */
export function createStateOf(random: Random, profile: Profile, defaultPlaylist: Playlist, startedAt: number): StateOf {
  const total = pick(random, [2, 4, 8] as const) * 1024 ** 3;
  const booted = startedAt - between(random, 60, 30 * 86_400) * 1000;
  const disk = pick(random, [32, 64, 128] as const) * 1024 ** 3;
  const usedDisk = Math.floor(disk * (0.2 + random() * 0.6));
  const facts = { volume: between(random, 0, 256), rate: 1 };
  const system = {
    hostname: `screen-${profile.deviceId}`,
    os: { platform: 'linux', distribution: pick(random, systems), kernel: '6.6.31', arch: 'x64' },
    cpu: { model: pick(random, processors), cores: 4, speedMhz: 1800 },
    displays: [{ name: 'HDMI-1', width: 1920, height: 1080, refreshHz: 60, connected: true }],
    network: profile.deviceNetwork,
    timezone: 'Europe/Zurich',
  };
  const storage = {
    media: { path: '/media', total: disk, used: usedDisk, free: disk - usedDisk, files: between(random, 20, 400) },
    root: { path: '/', total: 16 * 1024 ** 3, used: 5_368_709_120, free: 11_811_160_064, readOnly: false },
  };
  const app = {
    name: 'screen-player',
    version: profile.appVersion,
    pid: between(random, 400, 30_000),
    node: '18.20.4',
  };
  const { id, name, items } = defaultPlaylist;
  const fixedPlaylist = { id, name, count: items.length, updatedAt: '2026-01-12T06:00:00.000Z' };

  return (snapshot, now) => {
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
      ...reportOf(snapshot, facts),
      app: { ...app, uptime: Math.floor((now - startedAt) / 1000) },
      defaultPlaylist: fixedPlaylist,
    };
  };
}
