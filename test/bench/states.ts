/**
 * States of the real shape, as fielded players of the second generation send them: about 1.9 kB, each with a new
 * measurement and all fields that change (`holes` below); every fifth one has another item. A text template, so that
 * creating a report costs the load generator only a concatenation.
 */
export class StateText {
  readonly #device: number;
  readonly #before: readonly string[];
  /** A fault of some versions: `currentIndex` is the position in the item instead of the index of the item. */
  readonly #indexMoves: boolean;
  readonly #bootedAt: number;
  #count: number;
  #itemSince = 0;

  /** @param reports number of reports made so far */
  constructor(device: number, reports = 0) {
    this.#device = device;
    this.#count = (device % REPORTS_AN_ITEM) + reports;
    this.#before = JSON.stringify(template(device)).split(/"#\d+"/);
    this.#indexMoves = device % 4 === 0;
    this.#bootedAt = Date.now() - (3600 + device * 61) * 1000;
  }

  /** The current item, the only material change. */
  get item(): string {
    return itemName(this.#device, this.#index);
  }

  get #index(): number {
    return Math.floor(this.#count / REPORTS_AN_ITEM) % ITEMS;
  }

  next(now: number): string {
    const n = ++this.#count;
    const device = this.#device;
    // The previous item ended at some time between two reports.
    if (n % REPORTS_AN_ITEM === 0 || this.#itemSince === 0)
      this.#itemSince = now - ((n * 7919 + device * 131) % 10_000);
    const index = this.#index;
    const length = 15 + ((device * 7 + index * 53) % 281);
    // A clip shorter than its display time loops.
    const played = ((now - this.#itemSince) / 1000) % length;
    // VLC stores a 32-bit float and prints 14 digits.
    const position = Math.round(Math.fround(played / length) * 1e14) / 1e14;
    const free = 40_000_000_000 - device * 1_048_576 - ((n * 61) % 4096) * 4096;
    const load = (n * 37 + device * 11) % 241;
    const holes = [
      // In the order of the template.
      iso(now),
      1_700_000_000 + ((n * 7919 + device) % 40_000) * 4096,
      Math.floor((now - this.#bootedAt) / 10) / 100,
      load / 100,
      (80 + (load >> 1)) / 100,
      (100 + (load >> 2)) / 100,
      iso(now - 60 - (device % 50)),
      free,
      TOTAL_SPACE - free,
      iso(now - 30),
      `"${itemName(device, index)}"`,
      position,
      Math.floor(played),
      length,
      iso(now - 4),
      this.#indexMoves ? Math.floor(position * ITEMS) : index,
    ];
    let text = this.#before[0] as string;
    for (let i = 0; i < holes.length; i++) text += holes[i] + (this.#before[i + 1] as string);
    return text;
  }
}

const REPORTS_AN_ITEM = 5;
const ITEMS = 6;
const TOTAL_SPACE = 61_641_601_024;

let second = 0;
let untilSecond = '';

/** Formats a time as JSON does; the part up to the second is cached. */
function iso(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds !== second) {
    second = seconds;
    untilSecond = new Date(seconds * 1000).toISOString().slice(0, 20);
  }
  return `"${untilSecond}${String(ms - seconds * 1000).padStart(3, '0')}Z"`;
}

const itemName = (device: number, index: number): string => `campaign-${device % 97}-clip-${index}.mp4`;

/** Sent at registration and in each state. */
export function networkOf(device: number): Record<string, object> {
  const byte = (shift: number) => (device >> shift) & 255;
  const hex = (shift: number) => byte(shift).toString(16).padStart(2, '0');
  const mac = (kind: number) => `02:0${kind}:00:${hex(16)}:${hex(8)}:${hex(0)}`;
  const netmask = '255.255.0.0';
  return {
    lo: { address: '127.0.0.1', netmask: '255.0.0.0', mac: '00:00:00:00:00:00', internal: true },
    eth0: { address: `10.1.${byte(8)}.${byte(0)}`, netmask, mac: mac(1), internal: false },
    wlan0: { address: `10.2.${byte(8)}.${byte(0)}`, netmask, mac: mac(2), internal: false },
  };
}

function template(device: number): object {
  const name = `screen-${device.toString(36).padStart(4, '0')}`;
  const playlist = `campaign-${device % 97}`;
  const fixed = new Date(Date.UTC(2026, 9, 1 + (device % 28), device % 24)).toISOString();
  return {
    timestamp: '#0',
    system: {
      hostname: name,
      platform: 'linux',
      arch: 'arm64',
      release: '6.12.18-v8+',
      cpus: 4,
      totalMem: 3_923_357_696,
      freeMem: '#1',
      uptime: '#2',
      loadavg: ['#3', '#4', '#5'],
      network: networkOf(device),
      timezone: { name: 'Europe/Madrid', offset: '+0100', abbr: 'CET' },
      timestamp: '#6',
    },
    storage: {
      playlistDirectory: './public/videos',
      videosStats: { exists: true, isDirectory: true, size: 0, fileCount: 0 },
      totalSpace: TOTAL_SPACE,
      freeSpace: '#7',
      usedSpace: '#8',
      timestamp: '#9',
    },
    vlc: {
      connected: true,
      playing: true,
      paused: false,
      stopped: false,
      currentItem: '#10',
      position: '#11',
      time: '#12',
      length: '#13',
      volume: 180,
      random: false,
      repeat: false,
      fullscreen: true,
    },
    app: {
      deviceId: `bench-${device}`,
      deviceName: name,
      deviceType: 'player',
      deviceGroup: `group-${device % 20}`,
      server: { port: 3000, host: '0.0.0.0' },
      vlcConfig: { host: 'localhost', port: 8080 },
      version: '1.0.0',
      startTime: '#14',
      nodeVersion: 'v22.14.0',
    },
    activePlaylist: {
      playlistName: playlist,
      playlistPath: `public/videos/${playlist}/${playlist}.m3u`,
      lastLoaded: fixed,
      isActive: true,
      currentIndex: '#15',
      fileCount: ITEMS,
      isDefault: false,
      defaultPlaylistData: {
        description: 'What plays where nothing else is planned',
        createdDate: fixed,
        creator: 'signage-team',
      },
    },
    defaultPlaylist: { playlistName: 'house', playlistPath: 'public/videos/house/house.m3u' },
    snapshot: { url: 'public/snapshots/snapshot.jpg', createdAt: fixed },
  };
}
