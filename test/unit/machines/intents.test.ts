import { describe, expect, test } from 'vitest';
import { commandFor, type Decision, decide, type IntentName, intentNames } from '../../../machines/intents.ts';
import type { Observation } from '../../../machines/observation.ts';

const playing: Observation = { playback: 'playing', fullscreen: false };
const paused: Observation = { playback: 'paused', fullscreen: false };
const stopped: Observation = { playback: 'stopped', fullscreen: true };
const unavailable: Observation = {};

/** By what is measured: playing, paused, stopped (in full screen), unavailable or not measured. */
const table: Record<IntentName, [Decision, Decision, Decision, Decision]> = {
  play: ['already so', 'send', 'send', 'send'],
  resume: ['already so', 'send', 'already so', 'unproven'],
  pause: ['send', 'already so', 'already so', 'unproven'],
  stop: ['send', 'send', 'already so', 'send'],
  'fullscreen:on': ['send', 'send', 'already so', 'unproven'],
  'fullscreen:off': ['already so', 'already so', 'send', 'unproven'],
  snapshot: ['send', 'send', 'send', 'send'],
};

describe('C8 intents', () => {
  test.each(intentNames)('%s is decided by what was measured', (intent) => {
    const wish = { command: commandFor(intent), intent };
    const [whenPlaying, whenPaused, whenStopped, otherwise] = table[intent];
    for (const isLast of [false, true]) {
      expect(decide(wish, playing, isLast)).toBe(whenPlaying);
      expect(decide(wish, paused, isLast)).toBe(whenPaused);
      expect(decide(wish, stopped, isLast)).toBe(whenStopped);
    }
    for (const seen of [null, unavailable]) {
      expect(decide(wish, seen, true)).toBe(otherwise);
      expect(decide(wish, seen, false)).toBe(intent === 'snapshot' ? 'send' : 'measure');
      expect(decide({ ...wish, force: true }, seen, true)).toBe('send');
    }
  });

  test('an old player that is not playing is as a pause or a stop wants it, and what resuming does is not known', () => {
    const wish = (intent: IntentName) => ({ command: commandFor(intent), intent });
    const seen: Observation = { playback: 'not playing' };
    expect(decide(wish('pause'), seen, true)).toBe('already so');
    expect(decide(wish('resume'), seen, true)).toBe('unproven');
    expect(decide(wish('play'), seen, true)).toBe('send');
    expect(decide(wish('stop'), seen, true)).toBe('send');
  });
});
