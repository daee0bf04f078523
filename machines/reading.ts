/**
 * Interprets a reported state, whatever its dialect. This is the only file that knows the keys of a state; a test
 * enforces that. Dialects: the nested states of both fielded generations (`vlc.playing`, `vlc.paused`, …), the old flat
 * form (`{ playing, currentMedia, volume }`), and the form of our player library and simulator (`vlc.state`).
 */
export type State = Readonly<Record<string, unknown>>;

export const playbackStatuses = ['playing', 'paused', 'stopped', 'unavailable', 'unknown'] as const;
export type PlaybackStatus = (typeof playbackStatuses)[number];

/** The part of a reading that the device document shows as `playback`. Null: not in the state. */
export interface Playback {
  status: PlaybackStatus;
  item: string | null;
  playlist: string | null;
  fullscreen: boolean | null;
  volume: number | null;
}

/** Everything a state says about playback. Null: not in the state. */
export interface Reading extends Playback {
  /** Not playing, but the dialect cannot distinguish paused from stopped; `status` is then `unknown`. */
  notPlaying: boolean;
  /** Index in the playlist, from 0. */
  index: number | null;
  /** Position in the item, from 0 to 1. */
  position: number | null;
  timeMs: number | null;
  /** Null if the item has no length: a still image, a live stream. */
  lengthMs: number | null;
}

export const nothingRead: Reading = Object.freeze({
  status: 'unknown',
  item: null,
  playlist: null,
  fullscreen: null,
  volume: null,
  notPlaying: false,
  index: null,
  position: null,
  timeMs: null,
  lengthMs: null,
});

/** Reads the playback. Never throws, whatever the state contains. */
export function read(state: State): Reading {
  const vlc = objectIn(state.vlc);
  const list = objectIn(state.activePlaylist);
  const status = statusOf(state, vlc);
  return {
    status: status === 'not playing' ? 'unknown' : status,
    notPlaying: status === 'not playing',
    item: itemOf(state, vlc),
    playlist: playlistOf(list) ?? textIn(state.activePlaylist),
    fullscreen: flagIn(vlc.fullscreen) ?? flagIn(vlc.isFullscreen) ?? flagIn(state.fullscreen),
    volume: numberIn(vlc.volume) ?? numberIn(state.volume),
    index: numberIn(list.currentIndex) ?? numberIn(list.index),
    position: numberIn(vlc.position),
    timeMs: millis(numberIn(vlc.time) ?? numberIn(vlc.currentTime) ?? numberIn(vlc.elapsed)),
    lengthMs: positive(millis(numberIn(vlc.length) ?? numberIn(vlc.duration))),
  };
}

export function playbackOf({ status, item, playlist, fullscreen, volume }: Reading): Playback {
  return { status, item, playlist, fullscreen, volume };
}

/** A map instead of an object because the words are input: `constructor` is one, too. */
const WORDS: ReadonlyMap<string, PlaybackStatus> = new Map([
  ['playing', 'playing'],
  ['play', 'playing'],
  ['paused', 'paused'],
  ['pause', 'paused'],
  ['stopped', 'stopped'],
  ['stop', 'stopped'],
  ['idle', 'stopped'],
  ['ended', 'stopped'],
]);

function statusOf(state: State, vlc: State): PlaybackStatus | 'not playing' {
  // The rest of such a state looks like a stop.
  if (flagIn(vlc.connected) === false) return 'unavailable';
  const word = wordIn(vlc.state) ?? wordIn(vlc.status) ?? wordIn(vlc.playback);
  if (word) return word;
  const playing = flagIn(vlc.playing) ?? flagIn(vlc.isPlaying) ?? (isPlaceholder(state) ? null : flagIn(state.playing));
  if (playing) return 'playing';
  if (flagIn(vlc.paused) ?? flagIn(state.paused)) return 'paused';
  if (flagIn(vlc.stopped) ?? flagIn(state.stopped)) return 'stopped';
  return playing === null ? 'unknown' : 'not playing';
}

function playlistOf(list: State): string | null {
  const file = () => fileName(textIn(list.playlistPath))?.replace(/\.(m3u8?|xspf)$/i, '') ?? null;
  return textIn(list.playlistName) ?? textIn(list.name) ?? nameIn(list.id) ?? file();
}

function itemOf(state: State, vlc: State): string | null {
  const media = objectIn(state.currentMedia);
  return (
    textIn(vlc.item) ??
    textIn(vlc.currentItem) ??
    fileName(textIn(vlc.filename)) ??
    textIn(vlc.currentMedia) ??
    fileName(textIn(state.currentMedia)) ??
    textIn(media.title) ??
    textIn(media.name) ??
    fileName(
      textIn(media.filename) ?? textIn(media.file) ?? textIn(media.path) ?? textIn(media.url) ?? textIn(media.uri),
    )
  );
}

// Measurements (SPEC P3a) ---------------------------------------------------------------------------------------------

/**
 * The first generation answers a state request with a constant, whatever plays, and may push `{}` first. Such an answer
 * has no section and contains no measurement.
 */
export function isPlaceholder(state: State): boolean {
  for (const key in state) if (key !== 'currentMedia' && isSection(state[key])) return false;
  if (state.playing === false) return isEmpty(state.currentMedia) && !flagIn(state.paused) && !flagIn(state.stopped);
  for (const key in state) if (key !== 'timestamp' && key !== 'deviceId') return false;
  return true;
}

const isEmpty = (media: unknown): boolean =>
  media === undefined ||
  media === null ||
  media === '' ||
  (isSection(media) && Object.keys(media as object).length === 0);

/** When the sections of a state were measured, by the device's clock. */
export interface SectionTimes {
  /** Milliseconds since the epoch; undefined if no section has a time. */
  earliest: number | undefined;
  /**
   * Whether the times have a time zone. Times with and without one cannot be compared; if both exist, those with one
   * count.
   */
  hasZone: boolean | undefined;
  /** The times as written: two states with the same text contain the same measurements. */
  text: string;
}

export function sectionTimes(state: State): SectionTimes {
  let found: DeviceTime | undefined;
  const texts: unknown[] = [];
  for (const key in state) {
    const section = state[key];
    if (!isSection(section)) continue;
    const written = (section as State).timestamp;
    const time = timeOf(written);
    if (time === undefined) continue;
    texts.push(key, written);
    if (!found || (time.hasZone && !found.hasZone) || (time.hasZone === found.hasZone && time.ms < found.ms))
      found = time;
  }
  return { earliest: found?.ms, hasZone: found?.hasZone, text: texts.join(' ') };
}

/**
 * When the state was sent, by the device's clock; without section times, this is also the time of measurement.
 * Undefined if it cannot be compared with the section times because only one of them has a time zone.
 */
export function sentAt(state: State, { hasZone }: SectionTimes): number | undefined {
  const sent = timeOf(state.timestamp);
  return hasZone === undefined || hasZone === sent?.hasZone ? sent?.ms : undefined;
}

/** The device's clock in milliseconds since the epoch; undefined if it cannot be determined. */
export function deviceClock(timestamp: unknown): number | undefined {
  const time = timeOf(timestamp);
  return time?.hasZone ? time.ms : undefined;
}

/** A time without a zone is read as UTC; only differences between such times are meaningful. */
interface DeviceTime {
  ms: number;
  hasZone: boolean;
}

/** Accepts ISO text, other text with a time of day, and seconds or milliseconds since the epoch. */
function timeOf(timestamp: unknown): DeviceTime | undefined {
  if (typeof timestamp === 'number') {
    const ms = timestamp < 1e11 ? timestamp * 1000 : timestamp;
    // A number before 2001 may also be an uptime.
    return possible(ms, ms >= 1e12);
  }
  if (typeof timestamp !== 'string' || timestamp.length > MAX_TIME) return undefined;
  if (USUAL.test(timestamp)) return possible(Date.parse(timestamp), true);
  const match = ISO.exec(timestamp);
  if (!match) return TIME_OF_DAY.test(timestamp) ? possible(Date.parse(timestamp), ZONE.test(timestamp)) : undefined;
  const [, day = '', time = '', zone] = match;
  // Date.parse would turn 30 February into another day.
  if (!new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day)) return undefined;
  return possible(Date.parse(`${day}T${time.replace(',', '.')}${zone?.toUpperCase() ?? 'Z'}`), zone !== undefined);
}

/** The usual format, on days that exist in every year: a report has several times, and this allocates nothing. */
// Stryker disable next-line Regex: what it does not match, ISO does; it is only slower
const USUAL = /^\d{4}-(?:\d\d-(?:[01]\d|2[0-8])|(?!02)\d\d-(?:29|30)|(?:0[13578]|1[02])-31)T\d\d:\d\d:\d\d\.\d{3}Z$/;
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?$/i;

const MAX_TIME = 100; // characters
const TIME_OF_DAY = /\d:\d\d/;
const ZONE = /\b(?:GMT|UTC)|Z$|[+-]\d\d:?\d\d\b/i;

const possible = (ms: number, hasZone: boolean): DeviceTime | undefined =>
  ms > 0 && ms < YEAR_10000 ? { ms, hasZone } : undefined;

/** Times calculated from this one must still be valid dates. */
const YEAR_10000 = Date.parse('+010000-01-01T00:00:00Z');

/** Whether any of the sections describes playback. */
export const tellsPlayback = (sections: State): boolean => 'vlc' in sections || 'playing' in sections;

/** The sections that describe VLC, except for its playlist. */
export const playerSections: readonly string[] = ['vlc', 'playing', 'currentMedia'];

/** The paths that `playback` is derived from. They never count as volatile, however often they change (SPEC A5). */
export const PLAYBACK_PATHS: ReadonlySet<string> = new Set([
  ...['item', 'currentItem', 'filename', 'currentMedia', 'volume', 'fullscreen', 'isFullscreen'].map(
    (key) => `vlc/${key}`,
  ),
  ...['state', 'status', 'playback', 'playing', 'isPlaying', 'paused', 'stopped', 'connected'].map(
    (key) => `vlc/${key}`,
  ),
  ...['playlistName', 'playlistPath', 'name', 'id'].map((key) => `activePlaylist/${key}`),
  ...['title', 'name', 'filename', 'file', 'path', 'url', 'uri'].map((key) => `currentMedia/${key}`),
  ...['playing', 'paused', 'stopped', 'currentMedia', 'volume', 'fullscreen', 'activePlaylist'],
]);

// The machine ---------------------------------------------------------------------------------------------------------

/** What a state says about the computer that the player runs on. Null: not in the state. */
export interface Inventory {
  hostName: string | null;
  /** IPv4 and IPv6 addresses of external interfaces. */
  addresses: string[];
  /** Hardware addresses, in lower case. */
  macs: string[];
  /** An IANA time zone, as the device reports it. */
  timeZone: string | null;
  memory: { totalBytes: number; freeBytes: number } | null;
  /** The fullest disk. */
  disk: { totalBytes: number; usedBytes: number } | null;
}

export function inventory(state: State): Inventory {
  return {
    ...machine(state),
    timeZone: timeZone(state),
    memory: memoryOf(objectIn(state.system)),
    disk: fullestDisk(state),
  };
}

/** The current condition of the computer. Null: not in the state. */
export interface Vitals {
  uptimeMs: number | null;
  /** Load average over one minute. */
  load: number | null;
  processors: number | null;
  celsius: number | null;
}

export function vitals(state: State): Vitals {
  const system = objectIn(state.system);
  const [minute] = Array.isArray(system.loadavg) ? system.loadavg : [system.load];
  return {
    uptimeMs: positive(millis(numberIn(system.uptime))),
    load: numberIn(minute),
    processors: positive(numberIn(system.cpus) ?? numberIn(objectIn(system.cpu).cores)),
    celsius: numberIn(system.temperature),
  };
}

/** Only the name and addresses of an inventory. */
export function machine(state: State): Pick<Inventory, 'hostName' | 'addresses' | 'macs'> {
  const system = objectIn(state.system);
  return { hostName: textIn(system.hostname) ?? textIn(system.hostName), ...interfaces(objectIn(system.network)) };
}

/** Only the time zone of an inventory. */
export function timeZone(state: State): Inventory['timeZone'] {
  const system = objectIn(state.system);
  const zone = system.timezone ?? system.timeZone;
  return textIn(zone) ?? textIn(objectIn(zone).name);
}

/** The addresses in a map of network interfaces, from a state or a registration. */
export function interfaces(network: State): Pick<Inventory, 'addresses' | 'macs'> {
  const [addresses, macs] = [new Set<string>(), new Set<string>()];
  const visit = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const it of value.slice(0, 32)) visit(it, depth + 1);
    if (!isSection(value) || depth > 3) return;
    const it = value as State;
    const mac = hardwareAddress(textIn(it.mac) ?? textIn(it.hwaddr));
    if (it.internal === true || (mac !== null && /^[0:]+$/.test(mac))) return;
    if (mac) macs.add(mac);
    for (const address of [it.address, it.ip, it.ipv4, it.ip4]) {
      const text = textIn(address);
      if (text !== null && !/^(127\.|::1$)/.test(text)) addresses.add(text);
    }
    for (const key in it) visit(it[key], depth + 1);
  };
  visit(network, 0);
  return { addresses: [...addresses], macs: [...macs] };
}

/**
 * Accepts any notation: `AA-BB-…`, `aabb.cc…`. Null if it is not an address, such as `unknown`, which two machines may
 * share.
 */
function hardwareAddress(text: string | null): string | null {
  const digits = text?.toLowerCase().replace(/[:.-]/g, '') ?? '';
  return /^([0-9a-f]{12}|[0-9a-f]{16})$/.test(digits) ? (digits.match(/../g) as string[]).join(':') : null;
}

function memoryOf(system: State): Inventory['memory'] {
  const memory = objectIn(system.memory);
  const totalBytes = numberIn(system.totalMem) ?? numberIn(system.totalmem) ?? numberIn(memory.total);
  const freeBytes = numberIn(system.freeMem) ?? numberIn(system.freemem) ?? numberIn(memory.free);
  return totalBytes === null || freeBytes === null ? null : { totalBytes, freeBytes };
}

/** Only the disk of an inventory: the single disk, or the fullest of several. */
export function fullestDisk(state: State): Inventory['disk'] {
  const storage = objectIn(state.storage);
  let fullest: Inventory['disk'] = null;
  for (const it of [storage, ...Object.values(storage)]) {
    const disk = diskOf(objectIn(it));
    if (disk && (!fullest || disk.usedBytes / disk.totalBytes > fullest.usedBytes / fullest.totalBytes)) fullest = disk;
  }
  return fullest;
}

function diskOf(it: State): Inventory['disk'] {
  const totalBytes = positive(numberIn(it.totalSpace) ?? numberIn(it.total));
  if (totalBytes === null) return null;
  const free = numberIn(it.freeSpace) ?? numberIn(it.free);
  const usedBytes = numberIn(it.usedSpace) ?? numberIn(it.used) ?? (free === null ? null : totalBytes - free);
  return usedBytes === null ? null : { totalBytes, usedBytes };
}

// Pictures ------------------------------------------------------------------------------------------------------------

/** The section with a screenshot, the metadata of a stored one, or the path of one that stayed on the player. */
export const PICTURE_SECTION = 'snapshot';

/** A screenshot on the player's own web server; a fielded player only sends its path. */
export interface PicturePath {
  path: string;
  createdAt: string | null;
}

/** Whether the section refers to screenshots on the player, even if there are none yet. */
export const namesPictures = (section: unknown): boolean => 'url' in objectIn(section);

/**
 * Whether this is a fielded player without a stored screenshot. Such a player never sends one, even if it names one.
 */
export const keepsPictures = (state: State): boolean =>
  'vlcConfig' in objectIn(state.app) && !('thumbnailUrl' in objectIn(state[PICTURE_SECTION]));

/** Accepts a state's screenshot section or a command's `result` that contains one. */
export function picturePath(value: unknown): PicturePath | null {
  const it = objectIn(objectIn(value)[PICTURE_SECTION] ?? value);
  const path = textIn(it.url);
  return path === null ? null : { path, createdAt: textIn(it.createdAt) };
}

// Values --------------------------------------------------------------------------------------------------------------

const NOTHING: State = Object.freeze({});
const isSection = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectIn = (value: unknown): State => (isSection(value) ? (value as State) : NOTHING);
const textIn = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
const DECIMAL = /^-?\d{1,16}(?:\.\d{1,20})?$/;
/** Some players send numbers as text. */
function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : null;
}
const nameIn = (value: unknown): string | null => textIn(value) ?? (typeof value === 'number' ? String(value) : null);
const wordIn = (value: unknown) => (typeof value === 'string' ? WORDS.get(value.toLowerCase()) : undefined);
const millis = (seconds: number | null): number | null => (seconds === null ? null : numberIn(seconds * 1000));
const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null);
const fileName = (path: string | null): string | null => path?.split('/').filter(Boolean).pop() ?? path;

/** Some players send 0 and 1, or words. */
function flagIn(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return null;
  return /^(?:1|true)$/i.test(value) ? true : /^(?:0|false)$/i.test(value) ? false : null;
}
