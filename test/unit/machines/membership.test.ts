import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import {
  DEAD_MS,
  HEARTBEAT_MS,
  type Heartbeat,
  isLeaseOver,
  LEASE_MS,
  type MembershipEvent,
  membershipMachine,
} from '../../../machines/membership.ts';

const START = 1_000_000;

/** The machine of instance `a:1`, driven by events alone; its announcements are collected. */
function instance() {
  let [state] = initialTransition(membershipMachine, { me: 'a:1' });
  const announced: { gone: readonly string[]; haveLeft: boolean }[] = [];
  return {
    announced,
    get value() {
      return state.value as Record<'lease' | 'peers' | 'knowledge', string>;
    },
    get context() {
      return state.context;
    },
    send(event: MembershipEvent): void {
      const [next, actions] = transition(membershipMachine, state, event);
      state = next;
      for (const { type, params } of actions) if (type === 'announce') announced.push(params as never);
    },
  };
}

const beatOf = (now: number, heard: Record<string, number> = {}, isNew = false): MembershipEvent => ({
  type: 'HEARTBEAT',
  beat: { now, isNew, lastHeard: new Map(Object.entries({ 'a:1': now, ...heard })) } satisfies Heartbeat,
});

/** Heartbeats every second over this time, each with messages of the others. */
function steady(a: ReturnType<typeof instance>, from: number, to: number, others: readonly string[] = []): void {
  for (let now = from; now <= to; now += HEARTBEAT_MS) {
    a.send(beatOf(now, Object.fromEntries(others.map((it) => [it, now]))));
    a.send({ type: 'CONFIRMED', begunAt: now });
  }
}

test('K6 the lease ends before the others count the instance as dead', () => {
  expect(LEASE_MS + 2 * HEARTBEAT_MS).toBeLessThanOrEqual(DEAD_MS);
});

describe('K5 dead instances', () => {
  test('are unknown until the instance has observed for more than 6 s', () => {
    const a = instance();
    steady(a, START, START + DEAD_MS);
    expect(a.value.peers).toBe('unsettled');
    expect(a.announced).toEqual([]);
    steady(a, START + DEAD_MS + 1, START + DEAD_MS + 1);
    expect(a.value.peers).toBe('settled');
    expect(a.announced).toEqual([{ gone: [], haveLeft: false }]);
  });

  test('an instance without a heartbeat for more than 6 s is dead, and not a moment sooner', () => {
    const a = instance();
    steady(a, START, START + 10_000, ['b:1']);
    const last = START + 10_000;
    for (let now = last + 1000; now <= last + DEAD_MS; now += 1000) a.send(beatOf(now, { 'b:1': last }));
    expect([...a.context.alive]).toEqual(['b:1']);
    a.send(beatOf(last + DEAD_MS + 1, { 'b:1': last }));
    expect([...a.context.alive]).toEqual([]);
    expect(a.announced.at(-1)).toEqual({ gone: ['b:1'], haveLeft: false });
  });

  test('an interruption shared by all kills none', () => {
    const a = instance();
    steady(a, START, START + 10_000, ['b:1']);
    const later = START + 60_000;
    a.send(beatOf(later, { 'b:1': START + 10_000 }));
    expect(a.value.peers).toBe('unsettled');
    expect([...a.context.alive]).toEqual(['b:1']);
    for (let now = later + 1000; now <= later + DEAD_MS; now += 1000) a.send(beatOf(now, { 'b:1': START + 10_000 }));
    expect([...a.context.alive]).toEqual(['b:1']);
    a.send(beatOf(later + DEAD_MS + 1, { 'b:1': START + 10_000 }));
    expect(a.announced.at(-1)).toEqual({ gone: ['b:1'], haveLeft: false });
  });

  test.each([
    ['a registry that lost its data', beatOf(START + 11_000, {}, true)],
    ['a registry whose clock was set back', beatOf(START - 3_600_000)],
    [`a break of more than the lease`, beatOf(START + 10_000 + LEASE_MS + 1)],
  ])('%s is an interruption: missed changes are read before the lease begins', (_, event) => {
    const a = instance();
    steady(a, START, START + 10_000);
    expect(a.value).toMatchObject({ peers: 'settled', knowledge: 'current' });
    a.send(event);
    expect(a.value).toMatchObject({ peers: 'unsettled', knowledge: 'lapsed' });
    a.send({ type: 'CONFIRMED', begunAt: 1 });
    expect(a.value.knowledge).toBe('current');
  });

  test('heartbeats as far apart as the lease are no interruption', () => {
    const a = instance();
    steady(a, START, START + 10_000);
    a.send(beatOf(START + 10_000 + LEASE_MS));
    expect(a.value).toMatchObject({ peers: 'settled', knowledge: 'current' });
  });

  test('an instance that announces its stop is gone at once and for good', () => {
    const a = instance();
    steady(a, START, START + 10_000, ['b:1']);
    a.send({ type: 'LEFT', instance: 'b:1' });
    expect(a.announced.at(-1)).toEqual({ gone: ['b:1'], haveLeft: true });
    a.send({ type: 'HEARD', instance: 'b:1' });
    a.send(beatOf(START + 11_000, { 'b:1': START + 10_500 }));
    expect([...a.context.alive]).toEqual([]);
  });

  test('an instance whose message arrives is alive, before any heartbeat', () => {
    const a = instance();
    a.send({ type: 'HEARD', instance: 'b:1' });
    a.send({ type: 'HEARD', instance: 'c:1' });
    expect([...a.context.alive]).toEqual(['b:1', 'c:1']);
    a.send({ type: 'LEFT', instance: 'b:1' });
    a.send({ type: 'HEARD', instance: 'b:1' });
    expect([...a.context.alive]).toEqual(['c:1']);
  });

  test('a heartbeat from the future, before the clock was set back, does not count', () => {
    const a = instance();
    a.send(beatOf(START, { 'b:1': START + DEAD_MS + 1, 'c:1': START + DEAD_MS }));
    expect([...a.context.alive]).toEqual(['c:1']);
  });
});

describe('K6 the lease', () => {
  const lasting = (events: MembershipEvent[]) => {
    const a = instance();
    a.send({ type: 'CONFIRMED', begunAt: 0 });
    for (const event of events) a.send(event);
    return a.value.lease;
  };
  const acting = (at: number): MembershipEvent => ({ type: 'ACTING', at });
  const unanswered: MembershipEvent = { type: 'HEARTBEAT_FAILED', tookMs: 10 };
  const frozen: MembershipEvent = { type: 'HEARTBEAT_FAILED', tookMs: LEASE_MS };

  test('is not held before the first heartbeat', () => expect(instance().value.lease).toBe('expired'));

  test.each<[string, MembershipEvent[], string]>([
    ['is held up to its end', [acting(LEASE_MS)], 'held'],
    ['is over after it', [acting(LEASE_MS + 1)], 'expired'],
    ['is held although the last heartbeat failed', [unanswered, acting(LEASE_MS)], 'fading'],
    ['ends in isolation where the registry does not answer (K4)', [unanswered, acting(LEASE_MS + 1)], 'cutOff'],
    ['ends in isolation where it cannot be renewed (K4)', [acting(LEASE_MS + 1), { type: 'UNREACHABLE' }], 'cutOff'],
    ['is asked for again by a process that was frozen', [frozen, acting(LEASE_MS + 1)], 'expired'],
    ['is not given up for a late failure', [acting(LEASE_MS + 1), frozen], 'expired'],
    ['is given up for a quick one', [acting(LEASE_MS + 1), unanswered], 'cutOff'],
    ['begins anew with a heartbeat', [unanswered, acting(9000), { type: 'CONFIRMED', begunAt: 9000 }], 'held'],
  ])('%s', (_, events, expected) => expect(lasting(events)).toBe(expected));
});

const others = ['b:1', 'c:1', 'd:1'];
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('beat' as const),
      afterMs: fc.constantFrom(1000, 1000, 1000, 1000, 3999, 4001, 7000, -60_000),
      isNew: fc.constantFrom(false, false, false, false, false, false, true),
      heard: fc.subarray(others),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), tookMs: fc.constantFrom(5, 4000, 9000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('act' as const), afterMs: fc.constantFrom(0, 1000, 5000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), other: fc.constantFrom(...others) }) },
);

test('K5 K6 any sequence of heartbeats, interruptions, failures and departures', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const a = instance();
      let registryNow = START;
      let ownNow = START;
      let unbrokenSince = Number.POSITIVE_INFINITY;
      let beatAt = 0;
      let confirmedAt = Number.NEGATIVE_INFINITY;
      const heardAt: Record<string, number> = {};
      const left = new Set<string>();
      for (const it of steps) {
        const before = a.announced.length;
        if (it.kind === 'beat') {
          registryNow += it.afterMs;
          ownNow += Math.max(0, it.afterMs);
          for (const other of it.heard) if (!left.has(other)) heardAt[other] = registryNow;
          if (it.isNew || registryNow < beatAt || registryNow - beatAt > LEASE_MS) unbrokenSince = registryNow;
          beatAt = registryNow;
          a.send(beatOf(registryNow, heardAt, it.isNew));
          expect(a.value.peers).toBe(registryNow - unbrokenSince > DEAD_MS ? 'settled' : 'unsettled');
          for (const other of it.heard) expect(a.context.alive.has(other)).toBe(!left.has(other));
          a.send({ type: 'CONFIRMED', begunAt: ownNow });
          confirmedAt = ownNow;
          expect(a.value).toMatchObject({ knowledge: 'current', lease: 'held' });
        } else if (it.kind === 'fail') {
          ownNow += it.tookMs;
          a.send({ type: 'HEARTBEAT_FAILED', tookMs: it.tookMs });
        } else if (it.kind === 'act') {
          ownNow += it.afterMs;
          a.send({ type: 'ACTING', at: ownNow });
          const isOver = ownNow - confirmedAt > LEASE_MS;
          expect(isLeaseOver(a.context, ownNow)).toBe(isOver);
          expect(isOver ? ['expired', 'cutOff'] : ['held', 'fading']).toContain(a.value.lease);
        } else {
          a.send({ type: 'LEFT', instance: it.other });
          left.add(it.other);
          expect(a.announced.at(-1)).toEqual({ gone: [it.other], haveLeft: true });
        }
        for (const { gone, haveLeft } of a.announced.slice(before)) {
          for (const other of haveLeft ? [] : gone) {
            expect(left.has(other)).toBe(false);
            expect(registryNow - (heardAt[other] ?? 0)).toBeGreaterThan(DEAD_MS);
            expect(registryNow - unbrokenSince).toBeGreaterThan(DEAD_MS);
          }
        }
        for (const other of a.context.alive) expect(left.has(other)).toBe(false);
      }
    }),
    { numRuns: 500, seed: 20261129 },
  );
});
