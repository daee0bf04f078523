import { read } from '../../machines/reading.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { Journal } from './storage.ts';

/** A state, and until when it was measured to be so. Times are milliseconds. */
export interface PastState {
  readonly from: number;
  readonly to: number;
  readonly state: JsonObject;
  /** Measured before this process began, so by a clock that may have been set since. */
  readonly isEarlier: boolean;
}

interface Kept extends PastState {
  to: number;
  size: number;
  key: string;
}

/** Bounds of the buffer. The oldest states are dropped. */
const MAX_STATES = 2000;
const MAX_CHARACTERS = 4_000_000;
/** A state that goes on is written to the storage this often. */
const NOTE_EVERY_MS = 30_000;
/** Measurements further apart do not prove what was in between. */
const MAX_GAP_MS = 90_000;

/**
 * Keeps the states of a time without a connection: one for each time that something else plays, with its duration, since
 * times and positions change with each measurement.
 */
export function createOfflineBuffer(journal: Journal | undefined, failed: (cause: unknown) => void) {
  /** The journal holds them, and what was appended since it was written anew: twice as much. */
  const maxCharacters = Math.min(MAX_CHARACTERS, (journal?.maxCharacters ?? Number.POSITIVE_INFINITY) / 2);
  let states: Kept[] = [];
  let characters = 0;
  let appended = 0;
  let notedAt = 0;
  let isClosed = false;

  function stored(work: (journal: Journal) => void): void {
    try {
      if (journal && !isClosed) work(journal);
    } catch (error) {
      failed(error);
    }
  }

  /** Returns the record to store, if any. */
  function take(at: number, state: JsonObject, isEarlier: boolean): object | undefined {
    const last = states[states.length - 1];
    const key = keyOf(state);
    const isNext = last?.isEarlier === isEarlier && at - last.to <= MAX_GAP_MS && at >= last.to;
    if (isNext) last.to = at;
    if (isNext && last.key === key) {
      if (at - notedAt < NOTE_EVERY_MS) return undefined;
      notedAt = at;
      return { at };
    }
    notedAt = at;
    const size = JSON.stringify(state).length;
    states.push({ from: at, to: at, state, isEarlier, size, key });
    characters += size;
    while (states.length > MAX_STATES || (characters > maxCharacters && states.length > 1)) {
      characters -= states.shift()?.size ?? 0;
    }
    return { at, state };
  }

  /** What is left, with the end of each state. */
  function rewrite(): void {
    appended = 0;
    stored((it) => it.replace(states.map(({ from, to, state }) => ({ at: from, to, state }))));
  }

  stored((it) => {
    for (const { at, to, state } of it.read()) {
      const known = (state ?? states[states.length - 1]?.state) as JsonObject | undefined;
      if (typeof at !== 'number' || typeof known !== 'object') continue;
      take(at, known, true);
      const last = states[states.length - 1];
      if (last && typeof to === 'number') last.to = to;
    }
    notedAt = 0;
  });
  if (states.length > 0) rewrite();

  return {
    /** Oldest first. The last one may go on. */
    get states(): readonly PastState[] {
      return states;
    },
    add(at: number, state: JsonObject): void {
      const record = take(at, state, false);
      if (!record) return;
      appended += JSON.stringify(record).length;
      if (appended > maxCharacters) rewrite();
      else stored((it) => it.append(record));
    },
    /** They were sent until `to`. What went on meanwhile stays, to be sent again. */
    sent(all: readonly { it: PastState; to: number }[]): void {
      const done = new Set(all.filter(({ it, to }) => it.to === to).map(({ it }) => it));
      states = states.filter((it) => !done.has(it));
      characters = states.reduce((sum, { size }) => sum + size, 0);
      rewrite();
    },
    /** The journal is left as it is: another player may use it by now. */
    close(): void {
      isClosed = true;
    },
  };
}

/** What must be the same for a state to go on. */
function keyOf(state: JsonObject): string {
  const { status, notPlaying, item, playlist, fullscreen } = read(state);
  return JSON.stringify([status, notPlaying, item, playlist, fullscreen]);
}
