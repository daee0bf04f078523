import { describe, expect, test } from 'vitest';
import { observe } from '../../../machines/observation.ts';

describe('P3 both generations tell of the playback, each in its own words', () => {
  test.each([
    ['playing', 'playing'],
    ['play', 'playing'],
    ['PLAYING', 'playing'],
    ['paused', 'paused'],
    ['Pause', 'paused'],
    ['stopped', 'stopped'],
    ['stop', 'stopped'],
    ['idle', 'stopped'],
    ['ended', 'stopped'],
  ])('vlc.state, vlc.status or vlc.playback "%s" is %s', (word, playback) => {
    for (const key of ['state', 'status', 'playback']) expect(observe({ vlc: { [key]: word } })).toEqual({ playback });
  });

  test.each([{ vlc: { playing: true } }, { vlc: { isPlaying: true } }, { playing: true }])('%j is playing', (state) => {
    expect(observe(state)).toEqual({ playback: 'playing' });
  });

  test.each([{ vlc: { playing: false } }, { vlc: { isPlaying: false } }, { playing: false }])(
    '%j cannot tell a pause from a stop',
    (state) => expect(observe(state)).toEqual({ playback: 'not playing' }),
  );

  test.each([
    [{ vlc: { fullscreen: true } }, true],
    [{ vlc: { fullscreen: false } }, false],
    [{ vlc: { fullscreen: 1 } }, true],
    [{ vlc: { fullscreen: '0' } }, false],
    [{ vlc: { fullscreen: '1' } }, true],
    [{ vlc: { fullscreen: 0 } }, false],
    [{ vlc: { isFullscreen: true } }, true],
    [{ fullscreen: false }, false],
  ])('%j: fullscreen %s', (state, fullscreen) => {
    expect(observe(state)).toEqual({ fullscreen });
  });

  test.each([
    { vlc: { item: 'a.mp4' } },
    { vlc: { currentItem: 'a.mp4' } },
    { vlc: { filename: 'a.mp4' } },
    { vlc: { currentMedia: 'a.mp4' } },
    { currentMedia: 'a.mp4' },
  ])('%j names the item', (state) => {
    expect(observe(state)).toEqual({ item: 'a.mp4' });
  });

  test('the older shape as a whole', () => {
    const state = { playing: true, currentMedia: 'a.mp4', volume: 80, timestamp: 1, deviceId: 'd' };
    expect(observe(state)).toEqual({ playback: 'playing', item: 'a.mp4' });
  });

  test('the newer shape as a whole', () => {
    const vlc = { state: 'paused', fullscreen: true, item: 'a.mp4', position: 0.5, volume: 256 };
    expect(observe({ timestamp: 1, vlc, system: { uptime: 3 } })).toEqual({
      playback: 'paused',
      fullscreen: true,
      item: 'a.mp4',
    });
  });

  test('the word is exacter than the flag, and VLC than the top level', () => {
    expect(observe({ vlc: { state: 'stopped', playing: true }, playing: true })).toEqual({ playback: 'stopped' });
    expect(observe({ vlc: { playing: false }, playing: true })).toEqual({ playback: 'not playing' });
    expect(observe({ vlc: { fullscreen: false }, fullscreen: true })).toEqual({ fullscreen: false });
    expect(observe({ vlc: { item: 'a' }, currentMedia: 'b' })).toEqual({ item: 'a' });
  });

  test('a word that says nothing gives way to the next that does', () => {
    expect(observe({ vlc: { state: 'buffering', status: 'playing' } })).toEqual({ playback: 'playing' });
    expect(observe({ vlc: { state: 'buffering', playing: false } })).toEqual({ playback: 'not playing' });
  });
});

describe('C1 what a state does not say is not read into it', () => {
  test.each([
    {},
    { vlc: null },
    { vlc: 'playing' },
    { vlc: ['playing'] },
    { vlc: {} },
    { vlc: { state: 'buffering' } },
    { vlc: { state: 3, fullscreen: 'yes', item: 7 } },
    { vlc: { state: null, fullscreen: null, item: '' } },
    { playing: 'true', fullscreen: 2, currentMedia: null },
    { system: { state: 'playing' } },
  ])('%j says nothing', (state) => {
    expect(observe(state)).toBeUndefined();
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'a word that JavaScript knows ("%s") is no word of a player',
    (word) => expect(observe({ vlc: { state: word } })).toBeUndefined(),
  );
});
