import { describe, expect, test } from 'vitest';
import { commandFor, type Decision, decide, type IntentName, intentNames } from '../../../machines/intents.ts';
import type { Observation } from '../../../machines/observation.ts';

const playing: Observation = { playback: 'playing', fullscreen: false };
const paused: Observation = { playback: 'paused', fullscreen: false };
const stopped: Observation = { playback: 'stopped', fullscreen: true };
const unavailable: Observation = {};

/** By measurement: playing, paused, stopped (in full screen), unavailable or not measured. */
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
  test.each(intentNames)('%s is decided by the measurement', (intent) => {
    const request = { command: commandFor(intent), intent };
    const [whenPlaying, whenPaused, whenStopped, otherwise] = table[intent];
    for (const isLast of [false, true]) {
      expect(decide(request, playing, isLast)).toBe(whenPlaying);
      expect(decide(request, paused, isLast)).toBe(whenPaused);
      expect(decide(request, stopped, isLast)).toBe(whenStopped);
    }
    for (const seen of [null, unavailable]) {
      expect(decide(request, seen, true)).toBe(otherwise);
      expect(decide(request, seen, false)).toBe(intent === 'snapshot' ? 'send' : 'measure');
      expect(decide({ ...request, force: true }, seen, true)).toBe('send');
    }
  });

  test('an old player that is not playing satisfies pause and stop, and the effect of resuming is unknown', () => {
    const request = (intent: IntentName) => ({ command: commandFor(intent), intent });
    const seen: Observation = { playback: 'not playing' };
    expect(decide(request('pause'), seen, true)).toBe('already so');
    expect(decide(request('resume'), seen, true)).toBe('unproven');
    expect(decide(request('play'), seen, true)).toBe('send');
    expect(decide(request('stop'), seen, true)).toBe('send');
  });
});
