import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import {
  type Care,
  contextOf,
  type Known,
  type RolloutEvent,
  rolloutMachine,
  room,
  type TargetOutcome,
} from '../../../machines/rollout.ts';

const care: Care = { canary: 5, maxErrorShare: 0.1, maxTimeoutShare: 0.2 };
const waiting = (count: number): Known[] =>
  Array.from({ length: count }, () => ({ outcome: 'waiting', isOfRound: false }));

function rollout(count: number, more: Partial<Care> = {}) {
  let [snapshot] = initialTransition(rolloutMachine, contextOf({ ...care, ...more }, waiting(count)));
  const send = (event: RolloutEvent) => {
    [snapshot] = transition(rolloutMachine, snapshot, event);
  };
  const answer = (outcome: Exclude<TargetOutcome, 'waiting' | 'sent' | 'lost'>, count = 1, isOfRound = true) => {
    for (let i = 0; i < count; i++) send({ type: 'ENDED', outcome, isOfRound });
  };
  return {
    send,
    answer,
    /** Sends it to as many as allowed. */
    fill() {
      const count = room(snapshot.value, snapshot.context);
      for (let i = 0; i < count; i++) send({ type: 'SENT' });
      return count;
    },
    watched(outcome: 'success' | 'lost', count = 1, isOfRound = true) {
      for (let i = 0; i < count; i++) send({ type: 'WATCHED', outcome, isOfRound });
    },
    get is() {
      return snapshot.value;
    },
    get why() {
      return snapshot.context.why;
    },
    get counts() {
      return snapshot.context.counts;
    },
    get snapshot() {
      return snapshot;
    },
  };
}

describe('N2 a few first', () => {
  test('only the canary is sent it, until all of it has succeeded', () => {
    const it = rollout(100);
    expect(it.fill()).toBe(5);
    it.answer('watching', 5);
    expect([it.is, it.fill()]).toEqual(['canary', 0]);
    it.watched('success', 4);
    expect([it.is, it.fill()]).toEqual(['canary', 0]);
    it.watched('success');
    expect(it.is).toBe('running');
  });

  test('no more are in progress than have succeeded', () => {
    const it = rollout(100);
    it.fill();
    it.answer('success', 5);
    expect(it.fill()).toBe(5);
    it.answer('watching', 5);
    expect(it.fill()).toBe(0);
    it.watched('success', 5);
    expect(it.fill()).toBe(10);
    expect(it.fill()).toBe(0);
  });

  test('devices without anything to do are no canary', () => {
    const it = rollout(100);
    it.fill();
    it.answer('alreadySo', 3);
    it.answer('undelivered', 2);
    expect([it.is, it.fill()]).toEqual(['canary', 5]);
  });

  test('a canary larger than the rollout', () => {
    const it = rollout(2);
    expect(it.fill()).toBe(2);
    it.answer('success', 2);
    expect(it.is).toBe('done');
  });

  test('without a canary all may be sent it', () => {
    const it = rollout(100, { canary: 0 });
    expect([it.is, it.fill()]).toEqual(['running', 100]);
  });
});

describe('N3 it stops automatically', () => {
  test('one error in a canary of five', () => {
    const it = rollout(100);
    it.fill();
    it.answer('success', 4);
    it.answer('error');
    expect([it.is, it.why, it.fill()]).toEqual(['stopped', 'errors', 0]);
  });

  test('timeouts have a limit of their own', () => {
    const it = rollout(100);
    it.fill();
    it.answer('timeout');
    expect(it.is).toBe('canary');
    it.answer('timeout');
    expect([it.is, it.why]).toEqual(['stopped', 'timeouts']);
  });

  test('the first answer of a canary is not judged alone', () => {
    const it = rollout(100, { maxErrorShare: 0.5 });
    it.fill();
    it.answer('error');
    it.answer('success', 4);
    expect(it.is).toBe('running');
  });

  test('late failures count as much as early ones: the last two hundred decide', () => {
    const it = rollout(5000, { canary: 5 });
    for (let ended = 0; ended < 2000; ) {
      const count = it.fill();
      it.answer('success', count);
      ended += count;
    }
    it.fill();
    it.answer('error', 20);
    expect(it.is).toBe('running');
    it.answer('error');
    expect(it.is).toBe('stopped');
  });

  test('a device that answered success and is gone afterwards counts as an error, and no longer as a success', () => {
    const it = rollout(100, { maxErrorShare: 0.5 });
    it.fill();
    it.answer('watching', 5);
    it.watched('lost', 2);
    expect(it.is).toBe('canary');
    it.watched('lost');
    expect([it.is, it.why]).toEqual(['stopped', 'errors']);
  });

  test('with no devices left it is done', () => {
    const it = rollout(3);
    it.fill();
    it.answer('error', 3);
    expect(it.is).toBe('done');
  });

  test('devices in progress run to their end, and are counted', () => {
    const it = rollout(100);
    it.fill();
    it.answer('error');
    it.answer('success', 4);
    expect(it.counts).toMatchObject({ error: 1, success: 4, waiting: 95, sent: 0 });
  });
});

describe('N7 people decide', () => {
  test('paused, no device is sent it; resumed, it continues where it was', () => {
    const it = rollout(100);
    it.fill();
    it.send({ type: 'PAUSE' });
    it.answer('success', 5);
    expect([it.is, it.fill()]).toEqual(['paused', 0]);
    it.send({ type: 'RESUME' });
    expect([it.is, it.fill()]).toEqual(['running', 5]);
  });

  test('paused, it says why until it is resumed or cancelled', () => {
    const it = rollout(100);
    it.send({ type: 'PAUSE', why: 'errors' });
    expect([it.is, it.why]).toEqual(['paused', 'errors']);
    it.send({ type: 'RESUME' });
    expect([it.is, it.why]).toEqual(['canary', undefined]);
    it.send({ type: 'PAUSE', why: 'timeouts' });
    it.send({ type: 'CANCEL' });
    expect([it.is, it.why]).toEqual(['cancelled', undefined]);
    const running = rollout(100, { canary: 0 });
    running.send({ type: 'PAUSE', why: 'errors' });
    expect([running.is, running.why]).toEqual(['paused', 'errors']);
  });

  test('N3 paused, it stops if too many of those under way fail, and is done if none are left', () => {
    const failing = rollout(100);
    failing.fill();
    failing.send({ type: 'PAUSE' });
    failing.answer('timeout', 2);
    expect([failing.is, failing.why]).toEqual(['stopped', 'timeouts']);
    const last = rollout(5);
    last.fill();
    last.send({ type: 'PAUSE' });
    last.answer('success', 5);
    expect(last.is).toBe('done');
  });

  test('N3 running, it stops, and a stopped one can be cancelled', () => {
    const it = rollout(1000, { canary: 0 });
    it.fill();
    it.answer('error', 2);
    expect([it.is, it.why]).toEqual(['stopped', 'errors']);
    it.send({ type: 'CANCEL' });
    expect(it.is).toBe('cancelled');
  });

  test('resumed after a stop, it starts with a canary again', () => {
    const it = rollout(100);
    it.fill();
    it.answer('error', 5);
    expect(it.is).toBe('stopped');
    it.send({ type: 'RESUME' });
    expect([it.is, it.why, it.fill()]).toEqual(['canary', undefined, 5]);
    it.answer('success', 5);
    expect(it.is).toBe('running');
  });

  test('resumed after a stop, late results of earlier devices count only in the report', () => {
    const it = rollout(100, { canary: 10 });
    it.fill();
    it.answer('watching', 6);
    it.answer('error', 2);
    expect(it.is).toBe('stopped');
    it.send({ type: 'RESUME' });
    it.watched('success', 3, false);
    it.watched('lost', 3, false);
    it.answer('alreadySo', 1, false);
    it.answer('error', 1, false);
    expect([it.is, it.fill(), it.fill()]).toEqual(['canary', 10, 0]);
    expect(it.counts).toMatchObject({ success: 3, lost: 3, error: 3, alreadySo: 1, sent: 10, watching: 0 });
    it.answer('success', 10);
    expect(it.is).toBe('running');
  });

  test('cancelled, running commands end, and no other device is sent it', () => {
    const it = rollout(100);
    it.fill();
    it.send({ type: 'CANCEL' });
    it.answer('success', 5);
    it.send({ type: 'LEFT_OUT', count: 95, outcome: 'cancelled' });
    expect([it.is, it.fill(), it.counts.cancelled]).toEqual(['cancelled', 0, 95]);
    it.send({ type: 'RESUME' });
    expect(it.is).toBe('cancelled');
  });
});

const event = fc.oneof(
  { weight: 6, arbitrary: fc.constant<RolloutEvent>({ type: 'SENT' }) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('watching', 'success', 'alreadySo', 'error', 'timeout', 'undelivered')
      .map((outcome): RolloutEvent => ({ type: 'ENDED', outcome: outcome as 'success', isOfRound: true })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('success', 'lost')
      .map((outcome): RolloutEvent => ({ type: 'WATCHED', outcome: outcome as 'lost', isOfRound: true })),
  },
  { weight: 1, arbitrary: fc.constantFrom('PAUSE', 'RESUME', 'CANCEL').map((type) => ({ type }) as RolloutEvent) },
);

/** Whether the event is possible: the driver sends no more than allowed. */
function isPossible(event: RolloutEvent, { value, context }: SnapshotFrom<typeof rolloutMachine>): boolean {
  if (event.type === 'SENT') return room(value, context) > 0;
  if (event.type === 'ENDED') return context.counts.sent > 0;
  return event.type !== 'WATCHED' || context.counts.watching > 0;
}

test('N2–N5 for any events: all devices are counted once, and repeated results give the same decision', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (events, total) => {
      const it = rollout(total);
      /** As the targets are recorded. */
      const targets: { outcome: TargetOutcome; round: number; answered: number }[] = [];
      let round = 0;
      let answered = 0;
      for (const event of events) {
        if (!isPossible(event, it.snapshot)) continue;
        const before = it.is;
        const from = event.type === 'ENDED' ? 'sent' : event.type === 'WATCHED' ? 'watching' : undefined;
        const target = targets.find(({ outcome }) => outcome === from);
        it.send(target ? ({ ...event, isOfRound: target.round === round } as RolloutEvent) : event);
        if (event.type === 'SENT') targets.push({ outcome: 'sent', round, answered: Number.POSITIVE_INFINITY });
        if (target && (event.type === 'ENDED' || event.type === 'WATCHED')) {
          target.outcome = event.outcome;
          if (event.type === 'ENDED') target.answered = answered++;
        }
        if (event.type === 'RESUME' && before === 'stopped') round++;
        expect(Object.values(it.counts).reduce((a, b) => a + b)).toBe(total);
        expect(Math.min(...Object.values(it.counts))).toBeGreaterThanOrEqual(0);
      }
      const known = [
        ...targets
          .sort((a, b) => a.answered - b.answered)
          .map((target) => ({ outcome: target.outcome, isOfRound: target.round === round })),
        ...waiting(total - targets.length),
      ];
      const again = contextOf(care, known);
      const { counts, round: now } = it.snapshot.context;
      expect(again.counts).toEqual(counts);
      expect({ ...again.round, recent: sorted(again.round.recent) }).toEqual({ ...now, recent: sorted(now.recent) });
    }),
  );
});

const sorted = (letters: string) => [...letters].sort().join('');

test('N5 restored, it makes a due decision at once', () => {
  const known: Known[] = [
    ...Array.from({ length: 5 }, (): Known => ({ outcome: 'success', isOfRound: true })),
    ...waiting(20),
  ];
  const snapshot = rolloutMachine.resolveState({ value: 'canary', context: contextOf(care, known) });
  const [next] = transition(rolloutMachine, snapshot, { type: 'LOOK' });
  expect(next.value).toBe('running');
  // The same with an actor, as machines are used elsewhere.
  expect(
    createActor(rolloutMachine, { input: contextOf(care, waiting(3)) })
      .start()
      .getSnapshot().value,
  ).toBe('canary');
});
