import { expect, test } from 'vitest';
import { VERSION_GAP } from '../../../src/fleet/device-context.ts';
import { Records } from '../../../src/fleet/records.ts';
import type { StateStore } from '../../../src/ports/state-store.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function open() {
  const clock = simulatedClock();
  const written: string[] = [];
  const store = { put: (_: string, id: string) => void written.push(id) } as unknown as StateStore;
  return { clock, written, records: new Records(store, clock, 100, () => undefined) };
}

test('D1 a change of a situation is recorded at once, a state when it is due', () => {
  const { clock, written, records } = open();
  records.changed('a', 1, false);
  expect(written).toEqual(['a']);
  records.changed('b', 1, true);
  records.writeDue(clock.now() + 14_999);
  expect(written).toEqual(['a']);
  records.writeDue(clock.now() + 15_000);
  expect(written).toEqual(['a', 'b']);
  records.writeDue(clock.now() + 60_000);
  expect(written, 'once').toHaveLength(2);
});

test('D1 the first of many states decides when they are due', async () => {
  const { clock, written, records } = open();
  records.changed('a', 1, true);
  await clock.advance(10_000);
  records.changed('a', 2, true);
  await clock.advance(5000);
  records.writeDue(clock.now());
  expect(written).toEqual(['a']);
});

test('D1 half the gap that a restart leaves may be unrecorded, whatever the version is', () => {
  const { written, records } = open();
  const version = 7_000_000;
  for (const it of [version, version + 1, version + VERSION_GAP / 2]) records.changed('a', it, true);
  expect(written).toEqual([]);
  records.changed('a', version + VERSION_GAP / 2 + 1, true);
  expect(written).toEqual(['a']);
  records.changed('a', version + VERSION_GAP / 2 + 2, true);
  expect(written, 'counted from the recorded one').toEqual(['a']);
});

test('a device that changes its situation all the time is recorded forty times, then like its states', () => {
  const { clock, written, records } = open();
  for (let i = 0; i < 60; i++) records.changed('a', i, false);
  expect(written).toHaveLength(40);
  records.writeDue(clock.now() + 15_000);
  expect(written).toHaveLength(41);
});

test('a device that another instance records is not recorded here', () => {
  const { clock, written, records } = open();
  records.changed('a', 1, true);
  records.forget('a');
  records.writeDue(clock.now() + 60_000);
  expect(written).toEqual([]);
});
