import { describe, expect, test } from 'vitest';
import { SETTLE_MS } from '../../../machines/policy.ts';
import { ProofGate, type ProofReport } from '../../../machines/proof.ts';
import { nothingRead, type Reading } from '../../../machines/reading.ts';

/** The device's clock is an hour ahead. */
const HOUR = 3600_000;
const NOW = 1_000_000;
const playing: Reading = { ...nothingRead, status: 'playing' };
const paused: Reading = { ...nothingRead, status: 'paused' };

/** A report that arrived at `at`, measured `ageMs` before it was sent, with a short delay. */
const cached = (at: number, ageMs: number, reading = playing, more: Partial<ProofReport> = {}): ProofReport => ({
  kind: 'measured',
  reading,
  sentAt: HOUR + at - 20,
  sectionsAt: HOUR + at - 20 - ageMs,
  receivedAt: at,
  measuredAt: at - ageMs,
  ...more,
});
/** Without section times. */
const direct = (at: number, reading = playing): ProofReport => ({ ...cached(at, 0, reading), sectionsAt: undefined });

function commanded() {
  const gate = new ProofGate();
  gate.begin(NOW);
  gate.report(direct(NOW));
  const arrived = gate.sent();
  return { gate, arrived };
}

describe('C1 a proof was measured after the player received the command', () => {
  test('nothing, until it is certain that the player has received it', () => {
    const { gate, arrived } = commanded();
    expect(gate.report(direct(NOW + 100, paused))).toBeUndefined();
    arrived(NOW + 200);
    expect(gate.report(direct(NOW + 300, paused))?.seen).toEqual({ playback: 'paused' });
  });

  test('a cache from before the command proves nothing, however recently it arrived', () => {
    const { gate, arrived } = commanded();
    arrived(NOW + 200);
    // The first report shows the time on the device; its measurement may be from before.
    expect(gate.report(cached(NOW + 300, 50))).toBeUndefined();
    expect(gate.report(cached(NOW + 5000, 4900))).toBeUndefined();
    expect(gate.report(cached(NOW + 10_000, 2000, paused))?.seen).toEqual({ playback: 'paused' });
  });

  test('a repeated measurement proves nothing, nor does an empty report', () => {
    const { gate, arrived } = commanded();
    arrived(NOW + 200);
    gate.report(cached(NOW + 300, 50));
    expect(gate.report({ ...cached(NOW + 9000, 10), kind: 'repeated' })).toBeUndefined();
    expect(gate.report({ ...direct(NOW + 9000), kind: 'empty' })).toBeUndefined();
  });

  test('the time from the command to the measurement: by both clocks, the shorter', () => {
    const { gate, arrived } = commanded();
    arrived(NOW + 200);
    gate.report(cached(NOW + 300, 50));
    expect(gate.report(cached(NOW + 12_300, 2000))?.sinceArrivalMs).toBe(9500);
    // A clock that is set forward does not make the measurement later.
    const jumped = cached(NOW + 13_300, 0, playing, { sentAt: 3 * HOUR, sectionsAt: 3 * HOUR });
    expect(gate.report(jumped)?.sinceArrivalMs).toBe(13_100);
  });
});

describe('C1 the baseline', () => {
  test('is the last measurement since the session began or the last command, if recent', () => {
    const gate = new ProofGate();
    gate.begin(NOW);
    expect(gate.baseline(NOW, 60_000)).toBeNull();
    gate.report(direct(NOW + 100));
    expect(gate.baseline(NOW + 60_100, 60_000)).toEqual({ playback: 'playing' });
    expect(gate.baseline(NOW + 60_101, 60_000)).toBeNull();
    gate.sent()(NOW + 300);
    gate.ended(false);
    expect(gate.baseline(NOW + 400, 60_000)).toBeNull();
  });

  test('is the first cache of a player that was sent no command, and not of one that may have acted', () => {
    const gate = new ProofGate();
    gate.begin(NOW);
    expect(gate.report(cached(NOW + 100, 20_000)), 'no proof of what was sent in another life').toBeUndefined();
    expect(gate.baseline(NOW + 200, 60_000)).toEqual({ playback: 'playing' });
    expect(gate.baseline(NOW + 40_101, 60_000), 'by its age').toBeNull();
    gate.sent()(NOW + 300);
    gate.report(cached(NOW + 400, 20_300));
    expect(gate.baseline(NOW + 500, 60_000)).toBeNull();

    const restored = new ProofGate();
    restored.begin(NOW);
    restored.report(cached(NOW + 100, 20_000));
    // The ended command was sent by the previous process.
    restored.ended(true);
    restored.report(cached(NOW + 200, 20_100));
    expect(restored.baseline(NOW + 300, 60_000)).toBeNull();
  });

  test('is none while a silent toggle may still take effect', () => {
    const { gate, arrived } = commanded();
    arrived(NOW + 100);
    gate.ended(true);
    expect(gate.report(direct(NOW + 100))).toBeUndefined();
    expect(gate.report(direct(NOW + 99 + SETTLE_MS))).toBeUndefined();
    expect(gate.baseline(NOW + SETTLE_MS, 60_000)).toBeNull();
    gate.report(direct(NOW + 100 + SETTLE_MS));
    expect(gate.baseline(NOW + SETTLE_MS, 60_000)).toEqual({ playback: 'playing' });
  });

  test('is none in a session that begins while one may, whichever process sent it', () => {
    for (const gate of [new ProofGate(), commanded().gate]) {
      gate.ended(true);
      gate.begin(NOW + 500, { lastAt: NOW, silentAt: NOW });
      gate.report(direct(NOW + 600));
      gate.report(direct(NOW + 599 + SETTLE_MS));
      expect(gate.baseline(NOW + 600 + SETTLE_MS, 60_000)).toBeNull();
      gate.report(direct(NOW + 600 + SETTLE_MS));
      expect(gate.baseline(NOW + 600 + SETTLE_MS, 60_000)).toEqual({ playback: 'playing' });
    }
  });

  test('is none that may have been read from VLC before the device was polled, whatever its section times', () => {
    const { gate, arrived } = commanded();
    arrived(NOW + 100);
    gate.ended(false);
    gate.report(cached(NOW + 200, 0));
    expect(gate.report(cached(NOW + 700, 0))).toBeUndefined();
    expect(gate.report(cached(NOW + 701, 0))?.seen).toEqual({ playback: 'playing' });
  });

  test('is none if the player cannot reach VLC', () => {
    const gate = new ProofGate();
    gate.begin(NOW);
    gate.report(direct(NOW, { ...nothingRead, status: 'unavailable' }));
    expect(gate.baseline(NOW, 60_000)).toEqual({});
  });
});
