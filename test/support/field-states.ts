/**
 * States as fielded players send them, for each version and situation. The shapes are real; names, addresses and values
 * are invented.
 */

const NETWORK = {
  lo: { address: '127.0.0.1', netmask: '255.0.0.0', mac: '00:00:00:00:00:00', internal: true },
  eth0: { address: '10.4.0.31', netmask: '255.255.255.0', mac: '02:00:5E:10:00:01', internal: false },
  wlan0: { address: '10.4.1.77', netmask: '255.255.255.0', mac: '02:00:5e:10:00:02', internal: false },
};

/** The device's clock at the measurement; the state is sent a little later. */
const MEASURED = '2026-05-04T09:15:30.102Z';
const STORAGE_MEASURED = '2026-05-04T09:15:30.148Z';
const SENT = '2026-05-04T09:15:30.171Z';

const system = {
  hostname: 'signage-07',
  platform: 'linux',
  arch: 'arm64',
  release: '6.6.31-v8+',
  cpus: 4,
  totalMem: 4_000_000_000,
  freeMem: 1_500_000_000,
  uptime: 86_412.77,
  loadavg: [0.82, 0.91, 1.04],
  network: NETWORK,
  timestamp: MEASURED,
};

const storage = {
  playlistDirectory: './public/videos',
  videosStats: { exists: true, isDirectory: true, size: 0, fileCount: 0 },
  totalSpace: 64_000_000_000,
  freeSpace: 40_000_000_000,
  usedSpace: 24_000_000_000,
  timestamp: STORAGE_MEASURED,
};

const playing = {
  connected: true,
  playing: true,
  paused: false,
  stopped: false,
  currentItem: 'spring-offer.mp4',
  position: 0.40372291207314,
  time: 6,
  length: 15,
  volume: 128,
  random: false,
  repeat: false,
  fullscreen: true,
};

const stopped = {
  ...playing,
  playing: false,
  stopped: true,
  currentItem: null,
  position: 0,
  time: 0,
  length: 0,
  fullscreen: false,
};

const app = {
  deviceId: '7f3e9a10',
  deviceName: 'signage-07',
  deviceType: 'player',
  deviceGroup: 'default',
  server: { port: 3000, host: '0.0.0.0' },
  vlcConfig: { host: 'localhost', port: 8080 },
  version: '1.0.0',
  startTime: SENT,
  nodeVersion: 'v22.14.0',
};

const activePlaylist = {
  playlistName: 'entrance',
  playlistPath: 'public/videos/entrance/entrance.m3u',
  lastLoaded: '2026-05-03T18:00:02.518Z',
  isActive: true,
  currentIndex: 1,
  fileCount: 3,
};

const { playlistDirectory, ...oldStorage } = storage;
const fields = { timestamp: SENT, system, storage, vlc: playing, app, activePlaylist };
const defaultPlaylist = { playlistName: 'house', playlistPath: 'public/videos/house/house.m3u' };
const snapshot = { url: 'public/snapshots/snapshot.jpg', createdAt: '2026-05-04T09:15:31.020Z' };

/**
 * The oldest version: another name for the directory, no path of the playlist, and no information about its loading.
 */
export const oldest = {
  ...fields,
  storage: { videosDirectory: './public/videos', ...oldStorage },
  activePlaylist: { playlistName: 'entrance', playlistPath: null, fileCount: 3, currentIndex: 0 },
};

/** Stopped, in the oldest versions: the item is an empty string, and full screen is a number. */
export const stoppedInOldest = {
  ...oldest,
  vlc: { ...stopped, currentItem: '', fullscreen: 0 },
  activePlaylist: { ...activePlaylist, playlistPath: 'playlists/entrance/entrance.m3u', isDefault: false },
};

export const stoppedState = { ...fields, storage: { ...storage, playlistDirectory }, vlc: stopped };
export const plain = fields;
export const withDefault = { ...fields, activePlaylist: { ...activePlaylist, isDefault: true } };

export const withDefaultData = {
  ...fields,
  activePlaylist: {
    ...activePlaylist,
    isDefault: true,
    defaultPlaylistData: { description: 'Plays at the start', createdDate: SENT, creator: 'Setup' },
  },
  defaultPlaylist,
};

/** One version sends `active` for an interface, and marks the loopback interface as not internal. */
export const withActiveInterfaces = {
  ...withDefaultData,
  system: {
    ...system,
    network: {
      lo: { ...NETWORK.lo, internal: false },
      eth0: { address: '10.4.0.31', netmask: '255.255.255.0', mac: '02:00:5E:10:00:01', active: true },
      wlan0: { address: '10.4.1.77', netmask: '255.255.255.0', mac: '02:00:5e:10:00:02', active: false },
    },
  },
  snapshot,
};

/** The screenshot stays on the player's web server. */
export const withPicture = { ...withDefault, defaultPlaylist, snapshot };
export const withoutPicture = { ...withPicture, snapshot: { url: null, createdAt: null } };

export const newest = {
  ...withPicture,
  system: { ...system, timezone: { name: 'Europe/Madrid', offset: '+0200', abbr: 'CEST' } },
  activePlaylist: { ...activePlaylist, isDefault: false },
};

export const paused = { ...newest, vlc: { ...playing, playing: false, paused: true } };
/** For a moment, VLC has no item. */
export const betweenTwoItems = { ...newest, vlc: { ...playing, currentItem: null, position: 0, time: 0, length: 0 } };
/** VLC has crashed or is starting: except for `connected`, it looks like a stop. */
export const unreachable = { ...newest, vlc: { ...stopped, connected: false, volume: 0 } };

/** The first generation's answer to a state request, whatever is playing. */
export const placeholder = { playing: false, currentMedia: {}, volume: 100, timestamp: SENT, deviceId: '7f3e9a10' };
/** The first state that its monitor may push. */
export const firstPush = {};

/** The old flat form. */
export const flatPlaying = {
  playing: true,
  currentMedia: { title: 'Spring offer', path: '/media/spring-offer.mp4' },
  volume: 80,
  timestamp: 1_777_886_130,
  deviceId: '7f3e9a10',
};
export const flatNotPlaying = { ...flatPlaying, playing: false };

/** The state of a player of our library, with sections of its own. */
export const library = {
  timestamp: SENT,
  vlc: { state: 'paused', item: 'Spring offer', filename: '/media/spring-offer.mp4', time: 6, length: 15 },
  activePlaylist: 'entrance',
};

/** The form of earlier simulated players, which is still supported. */
export const simulated = {
  timestamp: SENT,
  system: {
    hostname: 'screen-sim-0007',
    os: { platform: 'linux', distribution: 'Debian GNU/Linux 12', kernel: '6.6.31', arch: 'x64' },
    network: { eth0: { address: '10.20.0.7', mac: '02:00:5e:00:00:07', family: 'IPv4' } },
    timezone: 'Europe/Zurich',
    uptime: 9000,
    load: 0.4,
    temperature: 51,
    memory: { total: 4_000_000_000, free: 1_500_000_000, used: 2_500_000_000 },
  },
  storage: {
    media: { path: '/media', total: 64_000_000_000, used: 16_000_000_000, free: 48_000_000_000, files: 40 },
    root: { path: '/', total: 16_000_000_000, used: 8_000_000_000, free: 8_000_000_000, readOnly: false },
  },
  vlc: {
    state: 'playing',
    fullscreen: true,
    time: 6,
    length: 15,
    position: 0.4037,
    volume: 128,
    rate: 1,
    item: 'Spring offer',
    filename: '/media/spring-offer.mp4',
    loop: true,
    repeat: false,
    random: false,
  },
  activePlaylist: { id: 'entrance-1', name: 'Entrance', index: 1, items: [{ name: 'Spring offer', duration: 15 }] },
  app: { name: 'screen-player', version: '2.3.1', pid: 812, node: '18.20.4', uptime: 9000 },
  defaultPlaylist: { id: 'house', name: 'House', count: 1, updatedAt: '2026-01-12T06:00:00.000Z' },
};
