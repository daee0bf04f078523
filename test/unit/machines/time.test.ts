import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import {
  type CommandEvent,
  type CommandProgress,
  type CommandSpec,
  commandMachine,
  type Link,
} from '../../../machines/command.ts';
import { deviceMachine } from '../../../machines/device.ts';
import type { Observation } from '../../../machines/observation.ts';
import { inputOf, progressOf, specOf } from '../../support/commands.ts';
import { deviceLife } from '../../support/device-life.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const playing: Observation = { playback: 'playing' };
const paused: Observation = { playback: 'paused' };
const SECOND = 1000;
const FOREVER = 30 * 24 * 3600 * SECOND;

/** One command by itself; its events come when the test sends them. `happened`: events with their times in ms. */
function command(given: Partial<CommandSpec> & { link?: Link; progress?: Partial<CommandProgress> } = {}) {
  const clock = steppedClock();
  const happened: string[] = [];
  const { progress, link = 'online', ...rest } = given;
  const happens = (what: string) => happened.push(`${clock.now()} ${what}`);
  const actor = createActor(
    commandMachine.provide({
      actions: {
        transmit: () => happens('transmit'),
        askState: () => happens('askState'),
        noteVerdict: (_, { verdict }) => happens(`verdict ${verdict}`),
      },
    }),
    { clock, input: inputOf({ ...rest, ...(progress && { progress: progressOf(progress) }) }) },
  );
  actor.subscribe({ complete: () => happens(`end ${actor.getSnapshot().output?.status}`) });
  actor.start();
  if (link !== 'online') actor.send({ type: 'LINK', link });
  return {
    clock,
    happened,
    get output() {
      return actor.getSnapshot().output;
    },
    send: (event: CommandEvent) => actor.send(event),
    turn: (baseline: Observation | null = null) => actor.send({ type: 'DISPATCH', baseline }),
    link: (link: Link) => actor.send({ type: 'LINK', link }),
    see: (seen: Observation, sinceArrivalMs = 10_000) => actor.send({ type: 'OBSERVED', seen, sinceArrivalMs }),
    hear: () => actor.send({ type: 'HEARD' }),
    answer: () => actor.send({ type: 'RESPONSE', status: 'success' }),
    advance: clock.advance,
  };
}

/** Nothing follows the ending, however long the wait. */
function expectLife(life: ReturnType<typeof command>, ...expected: string[]) {
  life.clock.jump(FOREVER);
  expect(life.happened).toEqual(expected);
  expect(life.clock.timers).toBe(0);
}

describe('C1 repeatable commands, to a silent device', () => {
  test.each(['vlc:play', 'vlc:stop', 'vlc:snapshot'] as const)('%s: at each timeout, then `timeout`', (name) => {
    const life = command({ command: name, timeoutMs: 10 * SECOND, maxAttempts: 3 });
    life.advance(500);
    life.turn();
    life.advance(31 * SECOND);
    expectLife(life, '500 transmit', '10500 transmit', '20500 transmit', '30500 end timeout');
  });

  test('an answer to the second attempt ends it there', () => {
    const life = command({ timeoutMs: SECOND });
    life.turn();
    life.advance(1500);
    life.answer();
    expectLife(life, '0 transmit', '1000 transmit', '1500 end success');
    expect(life.output).toMatchObject({ attempts: 2, confirmedBy: 'response' });
  });

  test('vlc:play with a baseline: the state decides', () => {
    const life = command({ timeoutMs: SECOND, maxAttempts: 2 });
    life.turn(paused);
    life.advance(2200);
    life.see(playing);
    expectLife(life, '0 transmit', '1000 transmit', '2000 askState', '2200 verdict effect', '2200 end success');
    expect(life.output).toMatchObject({ attempts: 2, confirmedBy: 'state' });
  });

  test('vlc:play while already playing: the state cannot prove it, and the ending is timeout', () => {
    const life = command({ timeoutMs: SECOND, maxAttempts: 1 });
    life.turn(playing);
    life.advance(1200);
    life.see(playing);
    life.advance(5 * SECOND);
    expectLife(life, '0 transmit', '1000 askState', '1200 verdict unclear', '6200 end timeout');
    expect(life.output?.message).toBeUndefined();
  });
});

describe('C1 toggles', () => {
  const toggle = { command: 'vlc:pause', timeoutMs: 10 * SECOND, maxAttempts: 3 } as const;

  test('a missing baseline is waited for at most 1 s, and without it there is one attempt', () => {
    const life = command(toggle);
    life.turn();
    life.advance(20 * SECOND);
    expectLife(life, '0 askState', '1000 transmit', '11000 end timeout');
  });

  test('a baseline that arrives ends the wait', () => {
    const life = command(toggle);
    life.turn();
    life.advance(250);
    life.see(playing);
    life.advance(100);
    life.answer();
    expectLife(life, '0 askState', '250 transmit', '350 end success');
  });

  test('silence, and the state proves the effect', () => {
    const life = command(toggle);
    life.turn(playing);
    life.advance(10_300);
    life.see(paused);
    expectLife(life, '0 transmit', '10000 askState', '10300 verdict effect', '10300 end success');
  });

  test('silence, and the state proves each time that nothing happened: all attempts, then timeout', () => {
    const life = command(toggle);
    life.turn(playing);
    for (let i = 0; i < 3; i++) {
      life.advance(10 * SECOND);
      life.see(playing);
    }
    expectLife(
      life,
      '0 transmit',
      '10000 askState',
      '10000 verdict none',
      '10000 transmit',
      '20000 askState',
      '20000 verdict none',
      '20000 transmit',
      '30000 askState',
      '30000 verdict none',
      '30000 end timeout',
    );
    expect(life.output).toMatchObject({ attempts: 3, message: 'the state shows no effect' });
  });

  test('silence, and the state stays unclear: never sent again', () => {
    const life = command(toggle);
    life.turn(playing);
    life.advance(10_100);
    life.see({ playback: 'stopped' });
    life.advance(1000);
    life.see({ fullscreen: true });
    life.advance(10 * SECOND);
    expectLife(
      life,
      '0 transmit',
      '10000 askState',
      '10100 verdict unclear',
      '11100 verdict unclear',
      '16100 end timeout',
    );
  });

  test.each([
    [10_000, 15_000],
    [5000, 10_000],
    [1000, 2000],
  ])('silence, and no state either: with a timeout of %i ms it ends after %i ms', (timeoutMs, end) => {
    const life = command({ ...toggle, timeoutMs });
    life.turn(playing);
    life.advance(20 * SECOND);
    expectLife(life, '0 transmit', `${timeoutMs} askState`, `${end} end timeout`);
  });

  test('a late answer during verification', () => {
    const life = command(toggle);
    life.turn(playing);
    life.advance(12 * SECOND);
    life.answer();
    expectLife(life, '0 transmit', '10000 askState', '12000 end success');
    expect(life.output).toMatchObject({ confirmedBy: 'response', attempts: 1 });
  });
});

describe('C4 the time to live', () => {
  test('continues while the device disconnects and returns, and ends the wait to the millisecond', () => {
    const life = command({ ttlMs: 60 * SECOND, link: 'offline' });
    life.advance(20 * SECOND);
    for (const link of ['online', 'reconnecting', 'offline'] as const) life.link(link);
    life.advance(60 * SECOND);
    expectLife(life, '60000 end undelivered');
  });

  test('does not shorten an attempt that was sent in time', () => {
    const life = command({ ttlMs: 2 * SECOND, timeoutMs: 10 * SECOND, maxAttempts: 1 });
    life.advance(1900);
    life.turn();
    life.advance(20 * SECOND);
    expectLife(life, '1900 transmit', '11900 end timeout');
  });

  test('expires while a toggle waits for its baseline: it was never sent', () => {
    const life = command({ command: 'vlc:fullscreen', ttlMs: 2 * SECOND });
    life.advance(1500);
    life.turn();
    life.advance(2 * SECOND);
    expectLife(life, '1500 askState', '2000 end undelivered');
  });

  test('without one, a turn may take any time', () => {
    const life = command();
    life.clock.jump(20 * 24 * 3600 * SECOND);
    expect(life.happened).toEqual([]);
    life.turn();
    expect(life.happened).toHaveLength(1);
  });
});

describe('the device disconnects, and returns', () => {
  const toggle = { command: 'vlc:pause', timeoutMs: 10 * SECOND, maxAttempts: 2 } as const;

  test('while it waits for its turn', () => {
    const life = command();
    life.link('reconnecting');
    life.advance(5 * SECOND);
    life.link('online');
    life.turn();
    life.answer();
    expectLife(life, '5000 transmit', '5000 end success');
  });

  test('while it waits for its baseline: that wait starts over', () => {
    const life = command(toggle);
    life.turn();
    life.advance(900);
    life.link('reconnecting');
    life.advance(5 * SECOND);
    life.link('online');
    life.turn();
    life.advance(20 * SECOND);
    expectLife(life, '0 askState', '5900 askState', '6900 transmit', '16900 end timeout');
  });

  test('after it was sent, returning before the timeout: an answer counts, silence is verified', () => {
    const life = command(toggle);
    life.turn(playing);
    life.link('reconnecting');
    life.advance(3 * SECOND);
    life.link('online');
    life.advance(7 * SECOND);
    life.see(paused);
    expectLife(life, '0 transmit', '10000 askState', '10000 verdict effect', '10000 end success');
  });

  test('after it was sent, returning after the timeout: a repeatable one is sent again at once', () => {
    const life = command({ timeoutMs: 10 * SECOND, maxAttempts: 2 });
    life.turn();
    life.link('reconnecting');
    life.advance(12 * SECOND);
    life.link('online');
    life.advance(20 * SECOND);
    expectLife(life, '0 transmit', '12000 transmit', '22000 end timeout');
  });

  test('during verification: the state is requested again on its return, with the full wait', () => {
    const life = command(toggle);
    life.turn(playing);
    life.advance(14 * SECOND);
    life.link('reconnecting');
    life.advance(8 * SECOND);
    life.link('online');
    life.advance(4 * SECOND);
    life.see(playing);
    life.answer();
    expectLife(
      life,
      '0 transmit',
      '10000 askState',
      '22000 askState',
      '26000 verdict none',
      '26000 transmit',
      '26000 end success',
    );
  });

  test('for good, in each state after it was sent: timeout', () => {
    const sent = command(toggle);
    sent.turn(playing);
    sent.link('offline');
    sent.advance(20 * SECOND);
    expectLife(sent, '0 transmit', '10000 end timeout');
    const away = command(toggle);
    away.turn(playing);
    away.link('reconnecting');
    away.advance(12 * SECOND);
    away.link('offline');
    expectLife(away, '0 transmit', '12000 end timeout');
    const verifying = command(toggle);
    verifying.turn(playing);
    verifying.advance(11 * SECOND);
    verifying.link('offline');
    expectLife(verifying, '0 transmit', '10000 askState', '11000 end timeout');
  });
});

describe('restored after a restart', () => {
  const toggle = { command: 'vlc:pause', timeoutMs: 10 * SECOND, maxAttempts: 2, link: 'reconnecting' } as const;

  test('queued: undelivered when the rest of its ttl has expired, at once if there is none', () => {
    const life = command({ ttlMs: 60 * SECOND, link: 'offline', progress: { leftMs: 1500 } });
    life.advance(2 * SECOND);
    expectLife(life, '1500 end undelivered');
    const late = command({ ttlMs: 60 * SECOND, link: 'reconnecting', progress: { leftMs: 0 } });
    late.clock.jump(0);
    expectLife(late, '0 end undelivered');
  });

  test('queued: continues when the device is back', () => {
    const life = command({ ttlMs: 60 * SECOND, link: 'reconnecting', progress: { leftMs: 1500 } });
    life.advance(1000);
    life.link('online');
    life.turn();
    life.advance(2000);
    life.answer();
    expectLife(life, '1000 transmit', '3000 end success');
    expect(life.output).toMatchObject({ attempts: 1 });
  });

  test('sent: waits for the rest, later attempts for the full timeout', () => {
    const life = command({
      timeoutMs: 10 * SECOND,
      maxAttempts: 3,
      link: 'reconnecting',
      progress: { status: 'sent', attempt: 1, leftMs: 400 },
    });
    life.advance(100);
    life.link('online');
    life.advance(30 * SECOND);
    expectLife(life, '400 transmit', '10400 transmit', '20400 end timeout');
    expect(life.output).toMatchObject({ attempts: 3 });
  });

  test('sent, a toggle whose timeout had expired: verified as soon as the device is back', () => {
    const life = command({ ...toggle, progress: { status: 'sent', attempt: 1, baseline: playing, leftMs: 0 } });
    life.advance(2 * SECOND);
    life.link('online');
    life.advance(200);
    life.see(playing);
    life.advance(10 * SECOND);
    life.see(paused);
    expectLife(
      life,
      '2000 askState',
      '2200 verdict none',
      '2200 transmit',
      '12200 askState',
      '12200 verdict effect',
      '12200 end success',
    );
    expect(life.output).toMatchObject({ attempts: 2, confirmedBy: 'state' });
  });

  test('sent, a toggle without a baseline: never sent again', () => {
    const life = command({ ...toggle, progress: { status: 'sent', attempt: 1, leftMs: 3000 } });
    life.advance(1000);
    life.link('online');
    life.see(playing);
    life.advance(10 * SECOND);
    expectLife(life, '3000 end timeout');
  });

  test('verifying: waits for the device as long as its grace period, and requests the state again', () => {
    const life = command({ ...toggle, progress: { status: 'verifying', attempt: 1, baseline: playing, leftMs: 100 } });
    life.advance(14 * SECOND);
    expect(life.happened).toEqual([]);
    life.link('online');
    life.advance(10 * SECOND);
    expectLife(life, '14000 askState', '19000 end timeout');
  });
});

describe('a device and its commands together', () => {
  test('grace period: sent and waiting commands end when it is over, in order', () => {
    const device = deviceLife(deviceMachine, { graceMs: 15 * SECOND });
    device.register('s1');
    device.command('c1', { timeoutMs: 5 * SECOND });
    device.command('c2');
    device.command('c3', { ttlMs: 60 * SECOND });
    device.advance(2 * SECOND);
    device.lose('s1');
    device.advance(14_950);
    expect(device.asked((it) => it === 'noteEnding')).toEqual([]);
    device.advance(50);
    expect(device.asked((it) => it === 'noteEnding').map(([, it]) => it)).toMatchObject([
      { commandId: 'c1', status: 'timeout', attempts: 1 },
      { commandId: 'c2', status: 'undelivered', attempts: 0 },
    ]);
    device.advance(30 * SECOND);
    device.register('s2');
    device.answer('c3');
    expect(device.asked((it) => it.endsWith('transmit') || it === 'noteEnding')).toMatchObject([
      ['c3 transmit'],
      ['noteEnding', { commandId: 'c3', status: 'success' }],
    ]);
  });

  test('two toggles in a row: the second is judged by a state from after the first', () => {
    const device = deviceLife(deviceMachine);
    device.register('s1');
    device.command('c1', { command: 'vlc:pause', timeoutMs: SECOND }, playing);
    device.command('c2', { command: 'vlc:pause', timeoutMs: SECOND }, playing);
    device.advance(500);
    device.answer('c1');
    device.advance(200);
    device.report(paused);
    device.advance(SECOND);
    device.report(playing);
    expect(device.asked((it) => it.endsWith('transmit') || it === 'noteEnding')).toMatchObject([
      ['c1 transmit'],
      ['noteEnding', { commandId: 'c1', status: 'success', confirmedBy: 'response' }],
      ['c2 transmit'],
      ['noteEnding', { commandId: 'c2', status: 'success', confirmedBy: 'state' }],
    ]);
  });

  test('a takeover during a verification: the new session answers for the device', () => {
    const device = deviceLife(deviceMachine);
    device.register('s1');
    device.command('c1', { command: 'vlc:pause', timeoutMs: SECOND }, playing);
    device.advance(1200);
    device.register('s2');
    device.lose('s1');
    device.report(paused);
    expect(device.asked((it) => it === 'noteEnding').map(([, it]) => it)).toMatchObject([
      { commandId: 'c1', status: 'success', confirmedBy: 'state' },
    ]);
  });

  test('restored as reconnecting without a return: every pending command ends correctly, nothing remains', () => {
    const device = deviceLife(deviceMachine, {
      link: 'reconnecting',
      graceMs: 15 * SECOND,
      commands: [
        { spec: specOf({ commandId: 'c1' }), progress: progressOf({ status: 'verifying', attempt: 2 }) },
        { spec: specOf({ commandId: 'c2' }), progress: progressOf({ status: 'sent', attempt: 1, leftMs: 200 }) },
        { spec: specOf({ commandId: 'c3' }), progress: progressOf({}) },
      ],
    });
    device.advance(15 * SECOND);
    expect(device.asked((it) => it === 'noteEnding').map(([, it]) => it)).toMatchObject([
      { commandId: 'c1', status: 'timeout', attempts: 2 },
      { commandId: 'c2', status: 'timeout', attempts: 1 },
      { commandId: 'c3', status: 'undelivered', attempts: 0 },
    ]);
    expect(device.queue).toEqual([]);
    expect(device.clock.timers).toBe(0);
  });
});
