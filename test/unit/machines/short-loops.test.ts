import { describe, expect, test } from 'vitest';
import { isStuck, mediaTimeOf, type Progress, progressed } from '../../../machines/on-air.ts';
import { read, type State } from '../../../machines/reading.ts';
import * as fixtures from '../../support/field-states.ts';
import { seeded } from '../../support/seeded.ts';

const DAY_MS = 24 * 3600_000;
const EVERY_MS = [2000, 15_000, 30_000];
const LOOPS = [[15], [15, 15, 15], [30], [20, 35, 7], [295], [60, 15, 120, 15, 300, 45, 15]];
const below = seeded(14);

/** What VLC reports at a moment of a loop of clips, or of the moment at which it froze. */
function vlcAt(clips: readonly number[], ms: number): Record<string, unknown> {
  const GAP_MS = 180;
  const total = clips.reduce((sum, length) => sum + length * 1000 + GAP_MS, 0);
  let at = ms % total;
  let index = 0;
  for (const length of clips) {
    if (at < length * 1000 + GAP_MS) break;
    at -= length * 1000 + GAP_MS;
    index++;
  }
  const length = clips[index] as number;
  const isBetween = at >= length * 1000;
  // It has started, and does not report its position yet.
  const knowsNot = isBetween || at < 40;
  return {
    connected: true,
    playing: true,
    paused: false,
    stopped: false,
    currentItem: isBetween ? null : `clip-${index}.mp4`,
    position: knowsNot ? 0 : Number((at / (length * 1000)).toPrecision(12 + (index % 3))),
    time: knowsNot ? 0 : Math.floor(at / 1000),
    length: isBetween ? 0 : length,
  };
}

/** Like a monitor: at almost regular intervals. */
const jitter = () => (below(400) - 200) / 10 + below(1000) / 1000;

function samples(states: readonly State[], clips: readonly number[], everyMs: number, upToMs: number) {
  const found: { state: State; at: number }[] = [];
  for (let n = 0; n * everyMs < upToMs; n++) {
    const at = n * everyMs + jitter() + 100;
    const state = states[n % states.length] as State;
    const plays = read(state).status === 'playing' && typeof state.vlc === 'object';
    found.push({ at, state: plays ? { ...state, vlc: { ...(state.vlc as object), ...vlcAt(clips, at) } } : state });
  }
  return found;
}

function watch(progress: Progress | undefined, state: State, at: number): Progress | undefined {
  const reading = read(state);
  return reading.status === 'playing' ? progressed(progress, mediaTimeOf(reading), at) : undefined;
}

describe('O3 short loops', () => {
  const cases = EVERY_MS.flatMap((everyMs) => LOOPS.map((clips) => ({ everyMs, clips })));

  test.each(cases)(
    '24 hours of clips of $clips s, measured every $everyMs ms, are never stuck',
    ({ everyMs, clips }) => {
      let progress: Progress | undefined;
      const stuckAt: number[] = [];
      for (const { state, at } of samples([fixtures.newest], clips, everyMs, DAY_MS)) {
        progress = watch(progress, state, at);
        if (isStuck(progress)) stuckAt.push(at);
      }
      expect(stuckAt).toEqual([]);
    },
  );

  test.each(EVERY_MS)('nor does any intermediate state of fielded players, every %d ms', (everyMs) => {
    const { placeholder: _, firstPush: __, library: ___, simulated: ____, ...states } = fixtures;
    let progress: Progress | undefined;
    const stuckAt: number[] = [];
    // Each twice, so that the same state repeats.
    const replay = Object.values(states).flatMap((state) => [state, state]) as State[];
    for (const { state, at } of samples(replay, [15, 15, 15], everyMs, DAY_MS / 4)) {
      progress = watch(progress, state, at);
      if (isStuck(progress)) stuckAt.push(at);
    }
    expect(stuckAt).toEqual([]);
  });

  test.each(cases)(
    'a frozen one is found within three new measurements: $clips s, $everyMs ms',
    ({ everyMs, clips }) => {
      for (let n = 0; n < 200; n++) {
        let progress: Progress | undefined;
        let frozenAt = below(60_000) * 10 + (1 + below(998)) / 1001;
        // Between two clips there is nothing that could be stuck.
        while (vlcAt(clips, frozenAt).position === 0) frozenAt++;
        const before = samples([fixtures.newest], clips, everyMs, frozenAt)
          .filter(({ at }) => at < frozenAt)
          .slice(-5);
        for (const { state, at } of before) progress = watch(progress, state, at);
        expect(isStuck(progress)).toBe(false);
        const frozen = { ...fixtures.newest, vlc: { ...fixtures.newest.vlc, ...vlcAt(clips, frozenAt) } };
        for (let i = 1; i <= 3; i++) progress = watch(progress, frozen, frozenAt + i * everyMs + jitter());
        expect(isStuck(progress), `frozen at ${frozenAt}`).toBe(true);
      }
    },
  );
});
