import type { PlaybackStatus, Reading } from './reading.ts';

/** What a measurement says, as far as commands are proven by it. Absent: it does not say. Kept with pending commands. */
export interface Observation {
  /** `not playing`: paused or stopped, for old players cannot tell which. */
  playback?: Exclude<PlaybackStatus, 'unknown' | 'unavailable'> | 'not playing' | undefined;
  fullscreen?: boolean | undefined;
  item?: string | undefined;
  /** What the state holds at the paths that declared commands are proven by; null: nothing. */
  values?: Readonly<Record<string, unknown>>;
}

/** Of a player that cannot reach VLC nothing is known. */
export function observationOf({ status, notPlaying, fullscreen, item }: Reading): Observation {
  if (status === 'unavailable') return {};
  const playback = status === 'unknown' ? (notPlaying ? 'not playing' : undefined) : status;
  return { playback, fullscreen: fullscreen ?? undefined, item: item ?? undefined };
}
