import { describe, expect, test } from 'vitest';
import { commandMachine, type Link } from '../../../machines/command.ts';
import { commandFor, type IntentName } from '../../../machines/intents.ts';
import type { Observation } from '../../../machines/observation.ts';
import { type Declared, SETTLE_MS, VERIFY_LIMIT_MS } from '../../../machines/policy.ts';
import { inputOf, progressOf } from '../../support/commands.ts';
import { withCoverage } from '../../support/coverage.ts';
import { type Asked, pureLife } from '../../support/pure-life.ts';

const { machine, declared, taken } = withCoverage(commandMachine);

const playing: Observation = { playback: 'playing' };
const paused: Observation = { playback: 'paused' };

type Given = Parameters<typeof inputOf>[0] & { link?: Link };

/** A new or restored command. If the device is not online, it is told so next. */
function command({ link: at, ...given }: Given = {}) {
  const life = pureLife(machine, inputOf(given));
  if (at !== undefined) life.send(link(at));
  return life;
}
type Life = ReturnType<typeof command>;

const turn = (baseline: Observation | null = null) => ({ type: 'DISPATCH', baseline }) as const;
const link = (to: Link) => ({ type: 'LINK', link: to }) as const;
const observed = (seen: Observation, sinceArrivalMs = SETTLE_MS) =>
  ({ type: 'OBSERVED', seen, sinceArrivalMs }) as const;
const heard = { type: 'HEARD' } as const;
const success = { type: 'RESPONSE', status: 'success', result: { ok: 1 } } as const;
const failure = { type: 'RESPONSE', status: 'error', message: 'no such file' } as const;

const note = (status: string, attempt: number, leftMs: number | null, baseline: Observation | null = null): Asked => [
  'note',
  { status, attempt, baseline, leftMs },
];
const verdict = (it: string): Asked => ['noteVerdict', { verdict: it }];
/** The record first, then the wire. */
const attempt = (n: number, baseline: Observation | null = null): Asked[] => [
  note('sent', n, 10_000, baseline),
  ['transmit'],
];

/** Checks the output, and that nothing follows: no wait, no effect, no other output. */
function expectEnded(life: Life, output: object) {
  expect(life.snapshot.status).toBe('done');
  expect(life.output).toEqual({ commandId: 'c1', ...output });
  expect(life.waits).toEqual({});
  for (const event of [turn(playing), link('online'), observed(paused), success, { type: 'CANCEL' } as const]) {
    expect(life.send(event)).toEqual([]);
  }
  expect(life.output).toEqual({ commandId: 'c1', ...output });
}

const isSent = (life: Life) => typeof life.state === 'object' && life.state !== null && 'sent' in life.state;

/** A toggle whose first attempt got no answer, with a baseline. */
function verifying(given: Given = {}): Life {
  const life = command({ command: 'vlc:pause', ...given });
  life.send(turn(playing));
  life.elapse('answerWait');
  expect(life.state).toEqual({ verifying: 'asking' });
  return life;
}

/** Without an answer while its device was reconnecting. */
function away(given: Given = {}, baseline: Observation | null = playing): Life {
  const life = command(given);
  life.send(turn(baseline));
  if (!isSent(life)) life.elapse('baselineWait');
  life.send(link('reconnecting'));
  life.elapse('answerWait');
  expect(life.state).toBe('away');
  return life;
}

describe('queued', () => {
  test('a new command notes that it is queued, and waits for its turn without a limit', () => {
    const life = command();
    expect(life.state).toEqual({ queued: 'waiting' });
    expect(life.asked).toEqual([note('queued', 0, null)]);
    expect(life.waits).toEqual({ ttl: 2 ** 31 - 1 });
  });

  test('with a ttl it waits that long, and notes it', () => {
    const life = command({ ttlMs: 5000 });
    expect(life.asked).toEqual([note('queued', 0, 5000)]);
    expect(life.waits).toEqual({ ttl: 5000 });
  });

  test('C4 without ttlMs a command to an offline device is `undelivered` at once', () => {
    const life = command({ link: 'offline' });
    expectEnded(life, { status: 'undelivered', attempts: 0, message: 'the device is offline' });
  });

  test('C4 without ttlMs it survives a short disconnect, and ends when the device is offline', () => {
    const life = command({ link: 'reconnecting' });
    expect(life.state).toEqual({ queued: 'waiting' });
    life.send(link('online'));
    life.send(link('reconnecting'));
    expect(life.state).toEqual({ queued: 'waiting' });
    life.send(link('offline'));
    expectEnded(life, { status: 'undelivered', attempts: 0, message: 'the device is offline' });
  });

  test('C4 with ttlMs it waits for the device until the ttl expires', () => {
    const life = command({ ttlMs: 5000, link: 'offline' });
    for (const to of ['online', 'reconnecting', 'offline'] as const) life.send(link(to));
    expect(life.state).toEqual({ queued: 'waiting' });
    life.elapse('ttl');
    expectEnded(life, { status: 'undelivered', attempts: 0, message: 'the time to live expired' });
  });

  test('cancelled before it was sent', () => {
    const life = command();
    expect(life.send({ type: 'CANCEL' })).toEqual([]);
    expectEnded(life, { status: 'cancelled', attempts: 0 });
  });

  test('events that do not concern a queued command change nothing', () => {
    const life = command();
    for (const event of [success, failure, observed(playing)]) expect(life.send(event)).toEqual([]);
    expect(life.state).toEqual({ queued: 'waiting' });
  });

  test.each(['vlc:play', 'vlc:stop', 'vlc:snapshot'] as const)(
    'C1 %s is sent at its turn, with or without a baseline',
    (name) => {
      const life = command({ command: name, ttlMs: 5000 });
      expect(life.send(turn())).toEqual(attempt(1));
      expect(isSent(life)).toBe(true);
      expect(life.waits).toEqual({ answerWait: 10_000 });
    },
  );

  test('C1 a toggle with a baseline is sent at its turn, and keeps it', () => {
    expect(command({ command: 'vlc:pause' }).send(turn(playing))).toEqual(attempt(1, playing));
    const fullscreen = { fullscreen: false };
    expect(command({ command: 'vlc:fullscreen' }).send(turn(fullscreen))).toEqual(attempt(1, fullscreen));
  });

  test('C1 a state that could not prove the effect is not kept as the baseline', () => {
    expect(command({ command: 'vlc:play' }).send(turn({ fullscreen: true }))).toEqual(attempt(1));
    expect(command({ command: 'vlc:snapshot' }).send(turn(playing))).toEqual(attempt(1));
  });
});

describe('C1 a toggle without a baseline', () => {
  const asking = (given: Given = {}) => {
    const life = command({ command: 'vlc:pause', ...given });
    life.send(turn());
    expect(life.state).toEqual({ queued: 'baseline' });
    return life;
  };

  test.each([null, { fullscreen: true }])('requests the state before it is sent, given %j', (baseline) => {
    const life = command({ command: 'vlc:pause', ttlMs: 5000 });
    expect(life.send(turn(baseline))).toEqual([['askState']]);
    expect(life.state).toEqual({ queued: 'baseline' });
    expect(life.waits).toEqual({ ttl: 5000, baselineWait: 1000 });
  });

  test('is sent with the state that arrives', () => {
    const life = asking();
    expect(life.send(observed(playing))).toEqual(attempt(1, playing));
    expect(life.waits).toEqual({ answerWait: 10_000 });
  });

  test('is sent without one if the arriving state does not contain it', () => {
    expect(asking().send(observed({ fullscreen: true }))).toEqual(attempt(1, null));
  });

  test('is sent without one if none arrives, and after silence ends as `timeout`, never sent again', () => {
    const life = asking();
    expect(life.elapse('baselineWait')).toEqual(attempt(1, null));
    expect(life.elapse('answerWait')).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test.each([
    ['a second turn', turn(playing)],
    ['the link that it knows', link('online')],
    ['a response', success],
  ] as const)('is not sent twice, and does not move, by %s', (_, event) => {
    const life = asking();
    expect(life.send(event)).toEqual([]);
    expect(life.state).toEqual({ queued: 'baseline' });
  });

  test('waits for another turn if the device disconnects meanwhile; its ttl continues', () => {
    const life = asking({ ttlMs: 5000 });
    expect(life.send(link('reconnecting'))).toEqual([]);
    expect(life.state).toEqual({ queued: 'waiting' });
    expect(life.waits).toEqual({ ttl: 5000 });
    life.send(link('online'));
    expect(life.send(turn())).toEqual([['askState']]);
  });

  test('is undelivered if the device goes offline meanwhile, without a ttl', () => {
    const life = asking();
    life.send(link('offline'));
    expectEnded(life, { status: 'undelivered', attempts: 0, message: 'the device is offline' });
  });

  test('may reach the end of its ttl, and may be cancelled', () => {
    const late = asking({ ttlMs: 500 });
    late.elapse('ttl');
    expectEnded(late, { status: 'undelivered', attempts: 0, message: 'the time to live expired' });
    const cancelled = asking();
    cancelled.send({ type: 'CANCEL' });
    expectEnded(cancelled, { status: 'cancelled', attempts: 0 });
  });
});

describe('sent', () => {
  const sent = (given: Given = {}, baseline: Observation | null = null) => {
    const life = command(given);
    life.send(turn(baseline));
    expect(isSent(life)).toBe(true);
    return life;
  };

  test('the device answers success', () => {
    const life = sent();
    expect(life.send(success)).toEqual([]);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'response', result: { ok: 1 } });
  });

  test('the device answers error', () => {
    const life = sent();
    life.send(failure);
    expectEnded(life, { status: 'error', attempts: 1, confirmedBy: 'response', message: 'no such file' });
  });

  test('events that cannot undo it change nothing: a cancel, a turn, a state', () => {
    const life = sent({ command: 'vlc:pause' }, playing);
    for (const event of [{ type: 'CANCEL' } as const, turn(playing), observed(paused)]) {
      expect(life.send(event)).toEqual([]);
      expect(isSent(life)).toBe(true);
    }
    expect(life.waits).toEqual({ answerWait: 10_000 });
  });

  test('C1 after silence it is sent again, at most maxAttempts times; without a possible proof it then times out', () => {
    const life = sent();
    expect(life.elapse('answerWait')).toEqual(attempt(2));
    expect(life.elapse('answerWait')).toEqual(attempt(3));
    expect(life.elapse('answerWait')).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 3 });
  });

  test('C1 with a baseline, the state decides after the last attempt', () => {
    const life = sent({ maxAttempts: 1 }, paused);
    expect(life.elapse('answerWait')).toEqual([['askState'], note('verifying', 1, VERIFY_LIMIT_MS, paused)]);
    expect(life.state).toEqual({ verifying: 'asking' });
  });

  test('an answer to a later attempt contains the number of attempts', () => {
    const life = sent();
    life.elapse('answerWait');
    life.send(success);
    expectEnded(life, { status: 'success', attempts: 2, confirmedBy: 'response', result: { ok: 1 } });
  });

  test('an answer that arrives while disconnected counts', () => {
    const life = sent();
    life.send(link('reconnecting'));
    life.send(success);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'response', result: { ok: 1 } });
  });

  test('silent, and the device offline: timeout, nothing is sent', () => {
    const life = sent();
    life.send(link('offline'));
    expect(isSent(life)).toBe(true);
    expect(life.elapse('answerWait')).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test('silent, and the device reconnecting: it waits for its return, without a timeout of its own', () => {
    const life = sent();
    life.send(link('reconnecting'));
    expect(life.elapse('answerWait')).toEqual([note('verifying', 1, null)]);
    expect(life.state).toBe('away');
    expect(life.waits).toEqual({});
  });
});

describe('away', () => {
  test('back online, a repeatable command is sent again', () => {
    const life = away();
    expect(life.send(link('online'))).toEqual(attempt(2, playing));
  });

  test('C1 back online, a toggle is verified first', () => {
    const life = away({ command: 'vlc:pause' });
    expect(life.send(link('online'))).toEqual([['askState'], note('verifying', 1, VERIFY_LIMIT_MS, playing)]);
    expect(life.state).toEqual({ verifying: 'asking' });
  });

  test('C1 back online, a toggle without a baseline ends as `timeout`', () => {
    const life = away({ command: 'vlc:pause' }, null);
    expect(life.send(link('online'))).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test('offline for good: timeout', () => {
    const life = away();
    expect(life.send(link('offline'))).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test('an answer counts', () => {
    const life = away();
    life.send(success);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'response', result: { ok: 1 } });
    const failed = away();
    failed.send(failure);
    expectEnded(failed, { status: 'error', attempts: 1, confirmedBy: 'response', message: 'no such file' });
  });

  test('still reconnecting, or a state from another source (P4): nothing is decided yet', () => {
    const life = away({ command: 'vlc:pause' });
    expect(life.send(link('reconnecting'))).toEqual([]);
    expect(life.send(observed(paused))).toEqual([]);
    expect(life.send({ type: 'CANCEL' })).toEqual([]);
    expect(life.state).toBe('away');
  });
});

describe('C1 verifying', () => {
  test('requests the state, and waits for a report no longer than 5 s or one attempt', () => {
    const life = verifying();
    expect(life.asked).toEqual([['askState'], note('verifying', 1, VERIFY_LIMIT_MS, playing)]);
    expect(life.waits).toEqual({ verifyWait: 5000, verifyLimit: VERIFY_LIMIT_MS });
    expect(verifying({ timeoutMs: 1200 }).waits).toEqual({ verifyWait: 1200, verifyLimit: VERIFY_LIMIT_MS });
  });

  test('a device that reports gets time to measure, within a limit', () => {
    const life = verifying({ timeoutMs: 1200 });
    for (let i = 0; i < 3; i++) {
      expect(life.send(heard)).toEqual([]);
      expect(life.waits).toEqual({ reportWait: 5000, verifyLimit: VERIFY_LIMIT_MS });
    }
    const silent = verifying();
    silent.send(heard);
    silent.elapse('reportWait');
    expectEnded(silent, { status: 'timeout', attempts: 1 });
    life.elapse('verifyLimit');
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test('no effect yet proves nothing: a busy VLC may still carry it out', () => {
    const life = verifying();
    expect(life.send(observed(playing, SETTLE_MS - 1))).toEqual([]);
    expect(life.state).toEqual({ verifying: 'hearing' });
    expect(life.send(observed(playing, SETTLE_MS))).toEqual([verdict('none'), ...attempt(2, playing)]);
  });

  test('the state proves the effect: success, confirmed by the state', () => {
    const life = verifying();
    expect(life.send(observed(paused))).toEqual([verdict('effect')]);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'state' });
  });

  test('the state proves that nothing happened: sent again, and that state is the new baseline', () => {
    const life = verifying();
    const now = { ...playing, item: 'b.mp4' };
    expect(life.send(observed(now))).toEqual([verdict('none'), ...attempt(2, now)]);
    expect(isSent(life)).toBe(true);
    expect(life.waits).toEqual({ answerWait: 10_000 });
  });

  test('nothing happened, and no attempt is left: timeout, with the reason', () => {
    const life = verifying({ maxAttempts: 1 });
    expect(life.send(observed(playing))).toEqual([verdict('none')]);
    expectEnded(life, { status: 'timeout', attempts: 1, message: 'the state shows no effect' });
  });

  test('the state proves neither: the next one may, within the same wait', () => {
    const life = verifying();
    expect(life.send(observed({ fullscreen: true }))).toEqual([verdict('unclear')]);
    expect(life.send(observed({ playback: 'stopped' }))).toEqual([verdict('unclear')]);
    expect(life.state).toEqual({ verifying: 'hearing' });
    expect(life.waits).toEqual({ reportWait: 5000, verifyLimit: VERIFY_LIMIT_MS });
    expect(life.send(observed(paused))).toEqual([verdict('effect')]);
  });

  test('no state arrives: timeout', () => {
    const life = verifying();
    expect(life.elapse('verifyWait')).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1 });
  });

  test('a late answer counts', () => {
    const life = verifying();
    life.send(success);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'response', result: { ok: 1 } });
    const failed = verifying();
    failed.send(failure);
    expectEnded(failed, { status: 'error', attempts: 1, confirmedBy: 'response', message: 'no such file' });
  });

  test('the device disconnects: its return or the end of its grace period decides', () => {
    const life = verifying();
    expect(life.send(link('reconnecting'))).toEqual([note('verifying', 1, null, playing)]);
    expect(life.waits).toEqual({});
    const lost = verifying();
    lost.send(link('offline'));
    expectEnded(lost, { status: 'timeout', attempts: 1 });
  });

  test('a cancel is too late', () => {
    const life = verifying();
    expect(life.send({ type: 'CANCEL' })).toEqual([]);
    expect(life.state).toEqual({ verifying: 'asking' });
  });
});

describe('P6 an answer with an unknown text', () => {
  const unclear = { type: 'RESPONSE', status: 'unclear', message: 'queued locally' } as const;
  const noted = (baseline: Observation | null, leftMs: number | null = VERIFY_LIMIT_MS): Asked => [
    'note',
    { status: 'verifying', attempt: 1, baseline, leftMs, answered: 'queued locally' },
  ];

  test('is an answer: without a state to compare with it ends as `timeout` with the text, and is not sent again', () => {
    const life = command({ maxAttempts: 3 });
    life.send(turn());
    expect(life.send(unclear)).toEqual([]);
    expectEnded(life, { status: 'timeout', attempts: 1, message: 'queued locally' });
  });

  test('without any text, the message says so', () => {
    const life = command();
    life.send(turn());
    life.send({ type: 'RESPONSE', status: 'unclear' });
    expect(life.output).toMatchObject({ status: 'timeout', message: expect.stringContaining('answered') });
  });

  test.each(['vlc:play', 'vlc:pause'] as const)('%s: the state decides whether it is a success', (name) => {
    const baseline = name === 'vlc:play' ? paused : playing;
    const life = command({ command: name, maxAttempts: 3 });
    life.send(turn(baseline));
    expect(life.send(unclear)).toEqual([['askState'], noted(baseline)]);
    life.send(observed(name === 'vlc:play' ? playing : paused));
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'state' });
  });

  test('a state that shows no effect: `timeout` with the text, and it is not sent again', () => {
    const life = command({ command: 'vlc:pause', maxAttempts: 3 });
    life.send(turn(playing));
    life.send(unclear);
    expect(life.send(observed(playing))).toEqual([verdict('none')]);
    expectEnded(life, { status: 'timeout', attempts: 1, message: 'queued locally' });
  });

  test('during verification it is stored; a clear answer after it counts', () => {
    const life = verifying({ maxAttempts: 3 });
    expect(life.send(unclear)).toEqual([noted(playing)]);
    life.send(success);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'response', result: { ok: 1 } });
  });

  test('while the device is disconnected, a repeatable command is not sent again on its return', () => {
    const life = away({ command: 'vlc:play', maxAttempts: 3 }, paused);
    life.send(unclear);
    expect(life.send(link('online'))).toEqual([['askState'], noted(paused)]);
    life.elapse('verifyWait');
    expectEnded(life, { status: 'timeout', attempts: 1, message: 'queued locally' });
  });

  test('while the device is away, nothing is sent again: the command waits for its return, or is a timeout', () => {
    const lost = command({ maxAttempts: 3 });
    lost.send(turn(paused));
    lost.send(link('reconnecting'));
    expect(lost.send(unclear)).toEqual([noted(paused, null)]);
    expect(lost.state).toBe('away');
    const offline = command({ maxAttempts: 3 });
    offline.send(turn(paused));
    offline.send(link('offline'));
    offline.send(unclear);
    expectEnded(offline, { status: 'timeout', attempts: 1, message: 'queued locally' });
  });

  test('it is known after a restart', () => {
    const life = command({
      maxAttempts: 3,
      link: 'reconnecting',
      progress: {
        ...progressOf({ status: 'verifying', attempt: 1, baseline: paused, leftMs: 1 }),
        answered: 'queued locally',
      },
    });
    expect(life.send(link('online'))).toEqual([['askState'], noted(paused)]);
  });
});

describe('restored', () => {
  const restored = (progress: Partial<Parameters<typeof progressOf>[0]>, given: Given = {}) =>
    command({ ...given, progress: progressOf(progress) });

  test('queued: with the rest of its ttl, used once', () => {
    const life = restored({ leftMs: 700 }, { ttlMs: 5000 });
    expect(life.state).toEqual({ queued: 'waiting' });
    expect(life.asked).toEqual([note('queued', 0, 700)]);
    expect(life.waits).toEqual({ ttl: 700 });
    life.send(link('online'));
    expect(life.send(turn())).toEqual(attempt(1));
    expect(life.waits).toEqual({ answerWait: 10_000 });
  });

  test('sent: it is not sent again because of the restart, and waits for the rest of its timeout', () => {
    const life = restored({ status: 'sent', attempt: 1, leftMs: 300 });
    expect(isSent(life)).toBe(true);
    expect(life.asked).toEqual([]);
    expect(life.waits).toEqual({ answerWait: 300 });
    life.send(link('online'));
    expect(life.elapse('answerWait')).toEqual(attempt(2));
    expect(life.waits).toEqual({ answerWait: 10_000 });
  });

  test('C1 a toggle that was sent keeps its baseline', () => {
    const life = restored({ status: 'sent', attempt: 1, leftMs: 0, baseline: playing }, { command: 'vlc:pause' });
    expect(life.elapse('answerWait')).toEqual([note('verifying', 1, null, playing)]);
    life.send(link('online'));
    expect(life.send(observed(paused))).toEqual([verdict('effect')]);
    expectEnded(life, { status: 'success', attempts: 1, confirmedBy: 'state' });
  });

  test('verifying: it waits for the device, and requests the state again', () => {
    const life = restored(
      { status: 'verifying', attempt: 1, leftMs: 10, baseline: playing },
      { command: 'vlc:fullscreen' },
    );
    expect(life.state).toBe('away');
    expect(life.asked).toEqual([note('verifying', 1, null, playing)]);
    expect(life.send(link('online'))).toEqual([['askState'], note('verifying', 1, VERIFY_LIMIT_MS, playing)]);
  });

  test('verifying, and the device offline by now: timeout', () => {
    const life = restored({ status: 'verifying', attempt: 2, baseline: playing }, { link: 'offline' });
    expectEnded(life, { status: 'timeout', attempts: 2 });
  });
});

describe('C8 intents', () => {
  const stopped: Observation = { playback: 'stopped' };
  const intent = (name: IntentName, more: { force?: true; maxAttempts?: number } = {}) =>
    command({ command: commandFor(name), intent: name, ...more });

  test('a state already reached ends as a success, and nothing is sent', () => {
    const pause = intent('pause');
    pause.send(turn(paused));
    expect(pause.output).toEqual({
      commandId: 'c1',
      status: 'success',
      attempts: 0,
      confirmedBy: 'state',
      alreadySo: true,
    });
    expect(pause.asked).toEqual([]);
  });

  test('a measurement is requested, for a second at most, before anything is sent', () => {
    const pause = intent('pause');
    pause.send(turn(null));
    expect(pause.state).toEqual({ queued: 'baseline' });
    pause.send(observed(stopped));
    expect(pause.output).toMatchObject({ status: 'success', alreadySo: true });

    const unmeasured = intent('pause');
    unmeasured.send(turn(null));
    unmeasured.elapse('baselineWait');
    expect(unmeasured.output).toMatchObject({ status: 'undelivered', code: 'unproven', attempts: 0 });

    const unavailable = intent('resume');
    unavailable.send(turn(null));
    unavailable.send(observed({}));
    expect(unavailable.output).toMatchObject({ status: 'undelivered', code: 'unproven' });

    const forced = intent('pause', { force: true });
    forced.send(turn(null));
    forced.elapse('baselineWait');
    expect(isSent(forced)).toBe(true);
  });

  test('a toggle is sent once, and ends by the measurement', () => {
    const pause = intent('pause', { maxAttempts: 3 });
    pause.send(turn(playing));
    pause.elapse('answerWait');
    pause.send(observed(playing));
    expect(pause.output).toMatchObject({ status: 'timeout', attempts: 1 });

    const proven = intent('pause');
    proven.send(turn(playing));
    proven.elapse('answerWait');
    proven.send(observed(paused));
    expect(proven.output).toMatchObject({ status: 'success', attempts: 1, confirmedBy: 'state' });
  });

  test('a repeatable one is repeated like the command', () => {
    const stop = intent('stop', { maxAttempts: 2 });
    stop.send(turn(playing));
    stop.elapse('answerWait');
    expect(isSent(stop)).toBe(true);
    expect(stop.snapshot.context.attempt).toBe(2);
  });
});

describe('C9 a command that a player declared', () => {
  const declared = { repeatable: false, proof: { path: '/display/power', equals: 'off' } };
  const power = (value: unknown): Observation => ({ values: { '/display/power': value } });
  const own = (rules: Declared) => command({ command: 'display:off', declared: rules, maxAttempts: 2 });

  test('with a proof, and not repeatable, it is verified like a toggle', () => {
    const proven = own(declared);
    proven.send(turn(null));
    proven.send(observed(power('on')));
    proven.elapse('answerWait');
    proven.send(observed(power('off')));
    expect(proven.output).toMatchObject({ status: 'success', confirmedBy: 'state', attempts: 1 });

    const again = own(declared);
    again.send(turn(power('on')));
    again.elapse('answerWait');
    again.send(observed(power('on')));
    expect(again.snapshot.context.attempt).toBe(2);
  });

  test('without a proof it is sent at once, and never again unless repeatable', () => {
    const once = own({ repeatable: false });
    once.send(turn(null));
    expect(isSent(once)).toBe(true);
    once.elapse('answerWait');
    expect(once.output).toMatchObject({ status: 'timeout', attempts: 1 });

    const often = own({ repeatable: true });
    often.send(turn(null));
    often.elapse('answerWait');
    expect(often.snapshot.context.attempt).toBe(2);
  });

  test('a state that already matched before proves nothing', () => {
    const unclear = own(declared);
    unclear.send(turn(power('off')));
    unclear.elapse('answerWait');
    unclear.send(observed(power('off')));
    expect(unclear.state).toEqual({ verifying: 'hearing' });
  });
});

test('every transition of the machine was taken by the tests above', () => {
  expect(declared.length).toBeGreaterThan(30);
  expect(declared.filter((transition) => !taken.has(transition))).toEqual([]);
});
