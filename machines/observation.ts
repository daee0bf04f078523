import type { PlaybackStatus, Reading } from './reading.ts';

/** The part of a measurement that can prove a command. Absent properties are unknown. Stored with pending commands. */
export interface Observation {
  /** `not playing`: either paused or stopped; old players cannot distinguish the two. */
  playback?: Exclude<PlaybackStatus, 'unknown' | 'unavailable'> | 'not playing' | undefined;
  fullscreen?: boolean | undefined;
  item?: string | undefined;
  /** The state's values at the paths that prove declared commands; absent if there are no such paths. */
  values?: Readonly<Record<string, unknown>>;
}

/** If the player cannot reach VLC, nothing is known. */
export function observationOf({ status, notPlaying, fullscreen, item }: Reading): Observation {
  if (status === 'unavailable') return {};
  const playback = status === 'unknown' ? (notPlaying ? 'not playing' : undefined) : status;
  return { playback, fullscreen: fullscreen ?? undefined, item: item ?? undefined };
}

/** Declared values are compared by identity. */
export const isSame = (one: Observation, other: Observation): boolean =>
  one.playback === other.playback &&
  one.fullscreen === other.fullscreen &&
  one.item === other.item &&
  one.values === other.values;
