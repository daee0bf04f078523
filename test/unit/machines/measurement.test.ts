import { describe, expect, test } from 'vitest';
import {
  isOld,
  kindOf,
  type Measuring,
  measure,
  measuringIntervalMs,
  notMeasured,
} from '../../../machines/measurement.ts';
import { type State, sectionTimes } from '../../../machines/reading.ts';

const START = Date.UTC(2026, 10, 29);
const iso = (ms: number) => new Date(START + ms).toISOString();

/** A cached state: time of measurement and time of sending, by the device's own clock. */
const cached = (measured: number, sent: number, vlc: object = { playing: true }): State => ({
  timestamp: iso(sent),
  system: { timestamp: iso(measured) },
  storage: { timestamp: iso(measured + 30) },
  vlc,
});

function measuring() {
  let known: Measuring = notMeasured;
  let before: State = {};
  return {
    get known() {
      return known;
    },
    take(state: State, receivedAt: number) {
      const times = sectionTimes(state);
      const kind = kindOf(known, state, times, JSON.stringify(state.vlc) !== JSON.stringify(before.vlc));
      if (kind === 'measured') known = measure(known, state, times, START + receivedAt);
      if (kind !== 'empty') before = state;
      return kind;
    },
  };
}

describe('P3a a report is not a measurement', () => {
  test('a repeated cache is no measurement; the time of measurement comes from its sections', () => {
    const it = measuring();
    expect(it.take(cached(0, 100), 100)).toBe('measured');
    expect(it.known.at).toBe(START);
    for (const sent of [2000, 4000, 28_000]) expect(it.take(cached(0, sent), sent)).toBe('repeated');
    expect(it.take(cached(30_000, 32_000), 32_500)).toBe('measured');
    expect(it.known.at).toBe(START + 30_500);
  });

  test('a clock that is thousands of years off does not give a time before 1970', () => {
    const it = measuring();
    it.take({ ...cached(0, 0), timestamp: '9999-01-01T00:00:00Z' }, 1000);
    expect(it.known.at).toBe(0);
  });

  test('its age uses the device’s own clock, however wrong that is', () => {
    const it = measuring();
    const hour = 3600_000;
    it.take(cached(hour, hour + 5000), 10_000);
    expect(it.known.at).toBe(START + 5000);
  });

  test('another picture or playlist beside it is no measurement, another `vlc` is', () => {
    const it = measuring();
    it.take(cached(0, 100), 100);
    expect(it.take({ ...cached(0, 200), snapshot: { url: 'a.jpg' } }, 200)).toBe('repeated');
    expect(it.take(cached(0, 300, { playing: false }), 300)).toBe('measured');
  });

  test.each([
    {},
    { timestamp: START },
    { playing: false, currentMedia: {}, volume: 100, timestamp: START, deviceId: 'd1' },
    { playing: false },
  ])('%j measures nothing', (state) => {
    expect(measuring().take(state, 0)).toBe('empty');
  });

  test('without section times each send time is a measurement, and so is each report without one', () => {
    const it = measuring();
    const flat = { playing: true, currentMedia: 'a.mp4', volume: 80 };
    expect(it.take({ ...flat, timestamp: START }, 0)).toBe('measured');
    expect(it.take({ ...flat, timestamp: START }, 1000)).toBe('repeated');
    expect(it.take({ ...flat, timestamp: START + 2000 }, 2000)).toBe('measured');
    expect(it.take({ vlc: { state: 'playing' } }, 3000)).toBe('measured');
    expect(it.take({ vlc: { state: 'playing' } }, 4000)).toBe('measured');
    expect(it.known.at).toBe(START + 4000);
  });
});

describe('P3a the measuring interval is learnt', () => {
  test('the longest of the last few gaps; until two measurements differ, the polling interval', () => {
    const it = measuring();
    it.take(cached(0, 0), 0);
    expect(measuringIntervalMs(it.known, 30_000)).toBe(30_000);
    it.take(cached(10_000, 10_000), 10_000);
    expect(measuringIntervalMs(it.known, 30_000)).toBe(10_000);
    // One extra measurement, after a command.
    it.take(cached(11_000, 11_000), 11_000);
    it.take(cached(20_000, 20_000), 20_000);
    expect(measuringIntervalMs(it.known, 30_000)).toBe(10_000);
  });

  test('older than three of its intervals it is old, although reports arrive', () => {
    const it = measuring();
    expect(isOld(it.known, 30_000, START)).toBeUndefined();
    it.take(cached(0, 0), 0);
    it.take(cached(10_000, 10_000), 10_000);
    expect(isOld(it.known, 30_000, START + 40_000)).toBe(false);
    expect(isOld(it.known, 30_000, START + 40_001)).toBe(true);
  });
});

test('P3a a section time that cannot be compared with the time of sending says nothing: it was measured on arrival', () => {
  const state: State = { timestamp: '2026-11-29T00:00:00', system: { timestamp: iso(-5000) }, vlc: { playing: true } };
  expect(measure(notMeasured, state, sectionTimes(state), START).at).toBe(START);
});
