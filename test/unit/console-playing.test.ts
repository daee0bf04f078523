import { expect, test } from 'vitest';
import { pictureOf, playingOf, progressOf } from '../../src/console/core/playing.ts';
import { newDocument } from '../../src/fleet/document.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';

const MEASURED = '2026-03-01T12:00:00.000Z';
const now = Date.parse(MEASURED);
const vlc = { connected: true, playing: true, paused: false, stopped: false, currentItem: 'spring.mp4' };
function device(more: object, change: Partial<DeviceDocument> = {}): DeviceDocument {
  const blank = newDocument('a', 0, 30_000);
  return {
    ...blank,
    connection: { ...blank.connection, status: 'online' },
    report: { ...blank.report, status: 'live', measuredAt: MEASURED },
    onAir: { status: 'yes', since: MEASURED, why: 'playing' },
    state: { vlc: { ...vlc, ...more } },
    ...change,
  };
}

test('progress is the position, extrapolated from the measurement up to the end of the item', () => {
  const playing = device({ position: 0.25, time: 3, length: 20 });
  expect(progressOf(playing, now)).toBe(0.25);
  expect(progressOf(playing, now + 5000)).toBe(0.5);
  expect(progressOf(playing, now + 60_000)).toBe(1);
  expect(progressOf(device({ time: 5, length: 20 }), now)).toBe(0.25);
  expect(progressOf(device({ time: 5 }), now)).toBeUndefined();
});

test('Q1 a player not proven to play, or with an old measurement, stands still; of a disconnected one nothing is known', () => {
  const moving = { position: 0.25, time: 5, length: 20 };
  const { report } = device({});
  expect(progressOf(device(moving, { onAir: { status: 'no', since: MEASURED, why: 'paused' } }), now + 5000)).toBe(
    0.25,
  );
  expect(progressOf(device(moving, { report: { ...report, status: 'stale' } }), now + 5000)).toBe(0.25);
  const { connection } = newDocument('a', 0, 30_000);
  expect(progressOf(device(moving, { connection }), now)).toBeUndefined();
});

test('a past document without `playback` is read from its state', () => {
  const { playback: _, ...old } = device({});
  expect(playingOf(old as DeviceDocument)).toMatchObject({ status: 'playing', item: 'spring.mp4' });
  const shown = device({});
  expect(playingOf(shown)).toBe(shown.playback);
});

test('a picture is one of the server’s, never a device’s claim', () => {
  const ours = { url: '/api/v1/snapshots/0mz5h3k2a-0123456789abcdef', takenAt: MEASURED };
  expect(pictureOf({ snapshot: ours })).toBe(ours);
  for (const snapshot of [null, 'x', {}, { url: 7 }, { url: 'https://elsewhere.example/x' }, { url: '/api/v1/me' }])
    expect(pictureOf({ snapshot } as never)).toBeUndefined();
});
