/** What a reported state says of the playback, as far as commands can be proven by it. Absent = the state does not say. */
export interface Observation {
  playback?: 'playing' | 'paused' | 'stopped' | 'not playing';
  fullscreen?: boolean;
  item?: string;
}

/** A map, not an object: the words come from outside, and 'constructor' is a word too. */
const WORDS: ReadonlyMap<string, Observation['playback']> = new Map([
  ['playing', 'playing'],
  ['play', 'playing'],
  ['paused', 'paused'],
  ['pause', 'paused'],
  ['stopped', 'stopped'],
  ['stop', 'stopped'],
  ['idle', 'stopped'],
  ['ended', 'stopped'],
]);

/**
 * Reads both generations: `{ vlc: { state, fullscreen, … } }` and the older `{ playing, currentMedia }`, whose boolean
 * cannot tell a pause from a stop ('not playing'). Returns undefined where the state says nothing of the playback.
 */
export function observe(state: Readonly<Record<string, unknown>>): Observation | undefined {
  const vlc = isObject(state.vlc) ? state.vlc : {};
  const seen: Observation = {};
  const playback =
    word(vlc.state) ??
    word(vlc.status) ??
    word(vlc.playback) ??
    flag(vlc.playing) ??
    flag(vlc.isPlaying) ??
    flag(state.playing);
  const fullscreen = bool(vlc.fullscreen) ?? bool(vlc.isFullscreen) ?? bool(state.fullscreen);
  const item =
    text(vlc.item) ?? text(vlc.currentItem) ?? text(vlc.filename) ?? text(vlc.currentMedia) ?? text(state.currentMedia);
  if (playback !== undefined) seen.playback = playback;
  if (fullscreen !== undefined) seen.fullscreen = fullscreen;
  if (item !== undefined) seen.item = item;
  return Object.keys(seen).length > 0 ? seen : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
const word = (value: unknown) => (typeof value === 'string' ? WORDS.get(value.toLowerCase()) : undefined);
const flag = (value: unknown) => (typeof value === 'boolean' ? (value ? 'playing' : 'not playing') : undefined);
const bool = (value: unknown) =>
  typeof value === 'boolean'
    ? value
    : value === 1 || value === '1'
      ? true
      : value === 0 || value === '0'
        ? false
        : undefined;
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
