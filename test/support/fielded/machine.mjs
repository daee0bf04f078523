/**
 * The common part of both generations: VLC over HTTP, and the monitor that measures the computer and VLC. The values
 * are invented, their shapes real.
 */
const { DEVICE_ID, VLC_URL, MONITOR_MS = '30000', PLAYLIST = 'entrance' } = process.env;

export const deviceId = DEVICE_ID;
export const url = process.env.VIGIA_URL;
export const token = process.env.TOKEN;
/** Delay between two connection attempts: 5 s in the field. */
export const reconnectMs = Number(process.env.RECONNECT_MS ?? 5000);
export const monitorMs = Number(MONITOR_MS);

let playlist = PLAYLIST;
let lastLoaded = new Date().toISOString();
let picturedAt = null;
export const activePlaylist = () => ({
  playlistName: playlist,
  playlistPath: `public/videos/${playlist}/${playlist}.m3u`,
  lastLoaded,
  isActive: true,
  currentIndex: 1,
  fileCount: 3,
  isDefault: false,
});
export function loadPlaylist(name) {
  playlist = name;
  lastLoaded = new Date().toISOString();
}

const now = () => new Date().toISOString();

async function ask(command) {
  const response = await fetch(`${VLC_URL}/requests/status.json${command ? `?command=${command}` : ''}`);
  return response.json();
}

async function vlcSection() {
  try {
    const { state, position, time, length, volume, random, repeat, fullscreen, information } = await ask();
    return {
      connected: true,
      playing: state === 'playing',
      paused: state === 'paused',
      stopped: state === 'stopped',
      currentItem: information?.category.meta.filename ?? null,
      position,
      time,
      length,
      volume,
      random,
      repeat,
      fullscreen,
    };
  } catch {
    const nothing = {
      playing: false,
      paused: false,
      stopped: true,
      currentItem: null,
      position: 0,
      time: 0,
      length: 0,
    };
    return { connected: false, ...nothing, volume: 0, random: false, repeat: false, fullscreen: false };
  }
}

/** A measurement: each section with its own time. */
export async function measure() {
  const freeMem = 1_500_000_000 + Math.floor(Math.random() * 4096) * 4096;
  const freeSpace = 40_000_000_000 + Math.floor(Math.random() * 4096) * 4096;
  const load = () => Math.round(Math.random() * 200) / 100;
  const system = {
    hostname: `host-${deviceId}`,
    platform: 'linux',
    arch: 'arm64',
    release: '6.6.31-v8+',
    cpus: 4,
    totalMem: 4_000_000_000,
    freeMem,
    uptime: Math.round(process.uptime() * 100) / 100,
    loadavg: [load(), load(), load()],
    network: {
      lo: { address: '127.0.0.1', netmask: '255.0.0.0', mac: '00:00:00:00:00:00', internal: true },
      eth0: { address: '10.4.0.31', netmask: '255.255.255.0', mac: '02:00:5e:10:00:01', internal: false },
    },
    timezone: { name: 'UTC', offset: '+0000', abbr: 'UTC' },
    timestamp: now(),
  };
  const vlc = await vlcSection();
  const totalSpace = 64_000_000_000;
  const storage = {
    playlistDirectory: './public/videos',
    videosStats: { exists: true, isDirectory: true, size: 0, fileCount: 0 },
    ...{ totalSpace, freeSpace, usedSpace: totalSpace - freeSpace },
    timestamp: now(),
  };
  const app = {
    ...{ deviceId, deviceName: `host-${deviceId}`, deviceType: 'player', deviceGroup: 'default' },
    server: { port: 3000, host: '0.0.0.0' },
    vlcConfig: { host: 'localhost', port: 8080 },
    ...{ version: '1.0.0', startTime: now(), nodeVersion: process.version },
  };
  return {
    timestamp: now(),
    ...{ system, storage, vlc, app },
    activePlaylist: activePlaylist(),
    defaultPlaylist: { playlistName: 'house', playlistPath: 'public/videos/house/house.m3u' },
    snapshot: picture(),
  };
}

const picture = () => ({ url: picturedAt ? 'public/snapshots/snapshot.jpg' : null, createdAt: picturedAt });

const VLC_COMMANDS = {
  'vlc:play': 'pl_play',
  'vlc:pause': 'pl_pause',
  'vlc:stop': 'pl_stop',
  'vlc:fullscreen': 'fullscreen',
  'vlc:snapshot': 'snapshot',
};

/** Each command is one request to VLC, and is answered after VLC's response. */
export async function carryOut({ commandId, command }) {
  try {
    await ask(VLC_COMMANDS[command]);
    if (command !== 'vlc:snapshot') {
      return { commandId, status: 'success', result: { success: true, message: `${command} done` } };
    }
    picturedAt = now();
    return { commandId, status: 'success', result: { fileName: 'snapshot.jpg', snapshot: picture() } };
  } catch (error) {
    return { commandId, status: 'error', message: `VLC: ${error.cause?.code ?? error.message}` };
  }
}

/** Measures now and at each interval. An interval of 0 stands for the newest version, which measures once. */
export async function monitor(measured) {
  const once = async () => {
    measured(await measure());
    tell('measured');
  };
  await once();
  if (monitorMs > 0) setInterval(once, monitorMs);
}

const tell = (event, value) => process.send?.({ event, value });

/** The control channel of the test: additional actions, and notifications. */
export function script(socket, more = {}) {
  socket.on('player:registered', (registered) => tell('registered', registered));
  socket.on('player:request:state', () => tell('asked'));
  socket.on('player:error', (error) => tell('error', error));
  socket.on('player:command', ({ command }) => tell('command', command));
  socket.io.on('reconnect_attempt', (attempt) => tell('attempt', attempt));
  socket.io.on('reconnect_failed', () => tell('gave up'));
  const actions = {
    loadPlaylist,
    emit: async ({ event, payload }) => tell('answer', await socket.emitWithAck(event, payload)),
    ...more,
  };
  process.on('message', ({ action, value }) => actions[action](value));
  process.on('disconnect', () => process.exit());
}
