import { read } from '../../machines/reading.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { Journal } from './storage.ts';

/** A state, and until when it was measured to be so. Times are milliseconds by this device's clock. */
export interface PastState {
  from: number;
  to: number;
  state: JsonObject;
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
  const states: (PastState & { size: number; key: string })[] = [];
  let characters = 0;
  let records = 0;
  let notedAt = 0;

  function stored(work: (journal: Journal) => void): void {
    try {
      if (journal) work(journal);
    } catch (error) {
      failed(error);
    }
  }

  /** Returns the record to store, if any. */
  function take(at: number, state: JsonObject): object | undefined {
    const last = states[states.length - 1];
    const key = keyOf(state);
    const isNext = last !== undefined && at - last.to <= MAX_GAP_MS && at >= last.to;
    if (isNext) last.to = at;
    if (isNext && last.key === key) {
      if (at - notedAt < NOTE_EVERY_MS) return undefined;
      notedAt = at;
      return { at };
    }
    notedAt = at;
    const size = JSON.stringify(state).length;
    states.push({ from: at, to: at, state, size, key });
    characters += size;
    while (states.length > MAX_STATES || (characters > MAX_CHARACTERS && states.length > 1)) drop(1);
    return { at, state };
  }

  function drop(count: number): void {
    for (const { size } of states.splice(0, count)) characters -= size;
  }

  /** What is left, with the end of each state. */
  function rewrite(): void {
    records = 0;
    stored((it) => it.replace(states.map(({ from, to, state }) => ({ at: from, to, state }))));
  }

  stored((it) => {
    for (const { at, to, state } of it.read()) {
      const known = (state ?? states[states.length - 1]?.state) as JsonObject | undefined;
      if (typeof at !== 'number' || typeof known !== 'object') continue;
      take(at, known);
      const last = states[states.length - 1];
      if (last && typeof to === 'number') last.to = to;
    }
    notedAt = 0;
  });

  return {
    /** Oldest first. */
    get states(): readonly PastState[] {
      return states.map(({ from, to, state }) => ({ from, to, state }));
    },
    add(at: number, state: JsonObject): void {
      const record = take(at, state);
      if (!record) return;
      if (++records > 2 * MAX_STATES) rewrite();
      else stored((it) => it.append(record));
    },
    /** The oldest ones were sent. */
    sent(count: number): void {
      drop(count);
      rewrite();
    },
  };
}

/** What must be the same for a state to go on. */
function keyOf(state: JsonObject): string {
  const { status, notPlaying, item, playlist, fullscreen } = read(state);
  return JSON.stringify([status, notPlaying, item, playlist, fullscreen]);
}
