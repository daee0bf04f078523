import { describe, expect, test } from 'vitest';
import { observationOf } from '../../../machines/observation.ts';
import { read } from '../../../machines/reading.ts';

const observe = (state: Record<string, unknown>) => observationOf(read(state));

describe('C1 what can prove a command', () => {
  test('paused, stopped and playing are distinguished', () => {
    const vlc = {
      connected: true,
      playing: false,
      paused: false,
      stopped: false,
      currentItem: 'a.mp4',
      fullscreen: false,
    };
    const seen = (more: object) => observe({ vlc: { ...vlc, ...more } }).playback;
    expect(seen({ playing: true })).toBe('playing');
    expect(seen({ paused: true })).toBe('paused');
    expect(seen({ stopped: true })).toBe('stopped');
    expect(seen({})).toBe('not playing');
  });

  test('the older players cannot distinguish a pause from a stop', () => {
    expect(observe({ playing: false, currentMedia: 'a.mp4' })).toEqual({ playback: 'not playing', item: 'a.mp4' });
    expect(observe({ playing: true, currentMedia: 'a.mp4' })).toEqual({ playback: 'playing', item: 'a.mp4' });
  });

  test('a player that cannot reach VLC reports nothing of it', () => {
    const vlc = { connected: false, playing: false, paused: false, stopped: true, fullscreen: false };
    expect(observe({ vlc })).toEqual({});
  });

  test('missing values are not guessed', () => {
    expect(observe({})).toEqual({});
    expect(observe({ vlc: { fullscreen: 1 } })).toEqual({ fullscreen: true });
  });
});
