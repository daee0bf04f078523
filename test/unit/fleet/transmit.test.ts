import { pino } from 'pino';
import { expect, test } from 'vitest';
import { transmit } from '../../../src/fleet/transmit.ts';
import { deferred } from '../../support/deferred.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { records } from '../../support/records.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** A command that is recorded as sent once the test says so. */
function open() {
  const record = { ...records.commands('c').record };
  const state = { record: record as Record<string, unknown> | undefined };
  const cleared = deferred<void>();
  const sent: object[] = [];
  const counted: string[] = [];
  const session = { id: 's', sendCommand: (it: object) => void sent.push(it), askState: () => {} };
  const device = {
    session: session as typeof session | undefined,
    proof: { sent: () => () => {} },
    callPlayer: (player: () => void) => player(),
  };
  const context = {
    commands: { get: () => state.record, cleared: () => cleared.promise },
    metrics: noMetrics({ commandSent: (command) => void counted.push(command) }),
    clock: simulatedClock(),
    log: pino({ level: 'silent' }),
  };
  const send = () => transmit(context as never, 'c', device as never);
  const clear = async () => {
    cleared.resolve();
    await new Promise(setImmediate);
  };
  return { state, device, sent, counted, send, clear };
}

test('a command is sent once it is recorded', async () => {
  const { sent, counted, send, clear } = open();
  send();
  expect(sent).toEqual([]);
  await clear();
  expect(sent).toEqual([{ commandId: 'c', command: 'vlc:play', params: { path: '/media/ä.mp4' } }]);
  expect(counted).toEqual(['vlc:play']);
});

test.each<[string, (it: ReturnType<typeof open>) => void]>([
  ['it has ended', ({ state }) => Object.assign(state.record ?? {}, { endedAt: '2026-07-25T10:00:05.000Z' })],
  ['it is gone', ({ state }) => Object.assign(state, { record: undefined })],
  ['it is at another attempt', ({ state }) => Object.assign(state, { record: { ...state.record, attempts: 2 } })],
  ['its device has another session', ({ device }) => Object.assign(device, { session: { ...device.session } })],
  ['its device is away', ({ device }) => Object.assign(device, { session: undefined })],
])('it is not sent if %s meanwhile', async (_, happens) => {
  const meanwhile = open();
  meanwhile.send();
  happens(meanwhile);
  await meanwhile.clear();
  expect([meanwhile.sent, meanwhile.counted]).toEqual([[], []]);
});

test.each<[string, (it: ReturnType<typeof open>) => void]>([
  ['an unknown command', ({ state }) => Object.assign(state, { record: undefined })],
  ['a device that is away', ({ device }) => Object.assign(device, { session: undefined })],
])('nothing is sent for %s', async (_, happens) => {
  const it = open();
  happens(it);
  it.send();
  await it.clear();
  expect([it.sent, it.counted]).toEqual([[], []]);
});
