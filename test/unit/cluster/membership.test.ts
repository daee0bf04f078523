import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { Membership } from '../../../src/cluster/membership.ts';
import { deferred } from '../../support/deferred.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** An instance, and a registry controlled by the test. */
function instance() {
  const clock = simulatedClock();
  const beats: Record<string, number> = {};
  let mode: 'answers' | 'fails' | 'hangs' = 'answers';
  let calls = 0;
  let left = 0;
  let hanging = deferred<void>();
  const announced: [gone: readonly string[], haveLeft: boolean][] = [];
  const lapses: ReturnType<typeof deferred<void>>[] = [];
  let isReading = false;
  const membership = new Membership('a:1', {
    registry: {
      async heartbeat() {
        calls++;
        await undefined;
        if (mode === 'hangs') await hanging.promise;
        if (mode === 'fails') throw new Error('away');
        const isNew = beats['a:1'] === undefined;
        beats['a:1'] = clock.now();
        return { now: clock.now(), lastHeard: new Map(Object.entries(beats)), isNew };
      },
      leave: async () => void left++,
    } as never,
    clock,
    log: pino({ level: 'silent' }),
    listeners: {
      changed: (...it) => void announced.push(it),
      async lapsed() {
        const lapse = deferred<void>();
        lapses.push(lapse);
        if (isReading) await lapse.promise;
      },
    },
  });
  return {
    clock,
    beats,
    membership,
    announced,
    lapses,
    get calls() {
      return calls;
    },
    get left() {
      return left;
    },
    registry(it: typeof mode) {
      if (mode === 'hangs') {
        hanging.resolve();
        hanging = deferred<void>();
      }
      mode = it;
    },
    /** Reading missed changes lasts until the test ends it. */
    readSlowly() {
      isReading = true;
    },
  };
}

describe('K5 live instances', () => {
  test('are found by heartbeats, one per second, and by messages', async () => {
    const { membership, clock, beats, announced } = instance();
    beats['b:1'] = clock.now();
    await membership.start();
    expect(membership.nodes).toEqual(['a', 'b']);
    expect(membership.isHeard('b:1')).toBe(true);
    expect(membership.isHeard('c:1')).toBe(false);
    membership.heard('c:1');
    expect(membership.nodes).toEqual(['a', 'b', 'c']);
    expect(announced).toEqual([]);
    membership.left('c:1');
    expect(announced).toEqual([[['c:1'], true]]);
    expect(membership.nodes).toEqual(['a', 'b']);
  });

  test('a restarted node is one node', async () => {
    const { membership, clock, beats } = instance();
    for (const it of ['a:0', 'b:1', 'b:2']) beats[it] = clock.now();
    await Promise.all([membership.start(), clock.advance(3000)]);
    expect(membership.nodes).toEqual(['a', 'b']);
  });

  test('an instance counts as alive until it is certainly dead, and all do until this one has listened for long enough', async () => {
    const { membership, clock, announced } = instance();
    await membership.start();
    expect(membership.isSettled).toBe(false);
    expect(['', 'a:1', 'unheard:1'].map((it) => membership.isAlive(it))).toEqual([false, true, true]);
    membership.left('unheard:1');
    expect(membership.isAlive('unheard:1')).toBe(false);
    await clock.advance(8000);
    expect(membership.isSettled).toBe(true);
    expect(['a:1', 'other:1'].map((it) => membership.isAlive(it))).toEqual([true, false]);
    expect(announced).toEqual([
      [['unheard:1'], true],
      [[], false],
    ]);
  });

  test('the registry is queried once per second, and no more after a stop', async () => {
    const it = instance();
    await it.membership.start();
    // Two at the start: the first one looks for an instance with the same name.
    await it.clock.advance(5000);
    expect(it.calls).toBe(7);
    it.membership.stop();
    await it.clock.advance(5000);
    expect(it.calls).toBe(7);
  });

  test('K1 a NODE_ID that is in use is refused; one of a crashed instance is free once that is silent for 3 s', async () => {
    const used = instance();
    used.beats['a:0'] = used.clock.now();
    const refused = expect(used.membership.start()).rejects.toThrow(/^NODE_ID=a is in use/);
    await used.clock.advance(800);
    used.beats['a:0'] = used.clock.now();
    await used.clock.advance(1000);
    await refused;
    expect(used.left, 'the others need not wait for it').toBe(1);
    const { calls } = used;
    await used.clock.advance(5000);
    expect(used.calls).toBe(calls);

    const { membership, clock, beats } = instance();
    beats['a:0'] = clock.now();
    await clock.advance(1200);
    let isStarted = false;
    void membership.start().then(() => {
      isStarted = true;
    });
    await clock.advance(1500);
    expect(isStarted).toBe(false);
    await clock.advance(500);
    expect(isStarted).toBe(true);
  });

  test('K1 a namesake that was seen to run is not forgotten while the registry is away', async () => {
    const { membership, clock, beats, registry } = instance();
    beats['a:5'] = clock.now();
    const refused = expect(membership.start()).rejects.toThrow(/^NODE_ID=a is in use/);
    await clock.advance(800);
    beats['a:5'] = clock.now();
    await clock.advance(300);
    registry('fails');
    await clock.advance(3000);
    await refused;
  });

  test('K1, K4 while the registry is away, the NODE_ID is not checked', async () => {
    const { membership, beats, clock, registry } = instance();
    beats['a:0'] = clock.now();
    registry('fails');
    await membership.start();
    expect(membership.nodes).toEqual(['a']);
  });
});

describe('K6 the lease', () => {
  test('needs no check while it is valid', async () => {
    const { membership, clock, lapses } = instance();
    await membership.start();
    expect(lapses).toHaveLength(1);
    await clock.advance(10_000);
    expect(membership.checkLease()).toBeUndefined();
    expect(lapses, 'no break').toHaveLength(1);
  });

  test('begins once missed changes are read', async () => {
    const { membership, lapses, readSlowly, clock } = instance();
    readSlowly();
    let isStarted = false;
    void membership.start().then(() => {
      isStarted = true;
    });
    await clock.advance(0);
    expect(isStarted).toBe(false);
    expect(membership.checkLease()).toBeInstanceOf(Promise);
    lapses[0]?.resolve();
    await clock.advance(0);
    expect(isStarted).toBe(true);
    expect(membership.checkLease()).toBeUndefined();
  });

  test('after a freeze it is renewed before anything else: all callers wait for the same renewal', async () => {
    const { membership, clock, registry, lapses } = instance();
    await membership.start();
    registry('hangs');
    await clock.advance(9000);
    const doubt = membership.checkLease();
    expect(doubt).toBeInstanceOf(Promise);
    expect(membership.checkLease()).toBe(doubt);
    let isSure = false;
    void doubt?.then(() => {
      isSure = true;
    });
    await clock.advance(10);
    expect(isSure).toBe(false);
    registry('answers');
    await clock.advance(10);
    expect(isSure).toBe(true);
    expect(membership.checkLease()).toBeUndefined();
    expect(lapses, 'what was missed in the freeze is read').toHaveLength(2);
  });

  test('a first heartbeat that fails late is retried: the process was frozen, and the registry is reachable', async () => {
    const it = instance();
    const { membership, clock, registry } = it;
    await membership.start();
    registry('hangs');
    await clock.advance(9000);
    const doubt = membership.checkLease();
    // It times out at once, and the next one is answered.
    registry('fails');
    await Promise.resolve();
    await Promise.resolve();
    registry('answers');
    await doubt;
    expect(membership.checkLease()).toBeUndefined();
    expect(it.lapses, 'what was missed in the freeze is read').toHaveLength(2);
    expect(it.calls, 'two at the start, the one that failed, and the next').toBe(4);
    expect(membership.isHeard('a:1')).toBe(false);
  });

  test('if three heartbeats in a row fail late, the instance continues on its own', async () => {
    const it = instance();
    const { membership, clock, registry } = it;
    const failLate = async () => {
      await clock.advance(5000);
      registry('fails');
      await Promise.resolve();
      await Promise.resolve();
      registry('hangs');
      await clock.advance(0);
    };
    await membership.start();
    registry('hangs');
    await clock.advance(5000);
    let isSure = false;
    void membership.checkLease()?.then(() => {
      isSure = true;
    });
    for (const calls of [4, 5]) {
      await failLate();
      expect([isSure, it.calls]).toEqual([false, calls]);
    }
    await failLate();
    expect([isSure, it.calls]).toEqual([true, 5]);
    expect(membership.checkLease()).toBeUndefined();
  });

  test('K4 if the registry does not answer, the instance continues on its own, without checks', async () => {
    const { membership, clock, registry } = instance();
    await membership.start();
    registry('fails');
    await clock.advance(9000);
    expect(membership.checkLease()).toBeUndefined();
    registry('answers');
    await clock.advance(1000);
    expect(membership.checkLease()).toBeUndefined();
  });
});

describe('K1 instances with one NODE_ID', () => {
  /** Instances that share a registry, and their clock; what becomes of each of those that start now. */
  async function start(names: readonly string[], running: readonly string[], crashed: readonly string[]) {
    const clock = simulatedClock();
    const beats = new Map<string, number>();
    for (const name of [...running, ...crashed]) beats.set(name, clock.now());
    const beat = () => {
      for (const name of running) beats.set(name, clock.now());
      clock.setTimeout(beat, 1_000);
    };
    beat();
    const outcomes: Record<string, string> = {};
    for (const me of names) {
      const registry = {
        async heartbeat() {
          const isNew = !beats.has(me);
          beats.set(me, clock.now());
          return { now: clock.now(), lastHeard: new Map(beats), isNew };
        },
        leave: async () => void beats.delete(me),
      } as never;
      const listeners = { changed() {}, async lapsed() {} };
      const membership = new Membership(me, { registry, clock, log: pino({ level: 'silent' }), listeners });
      membership.start().then(
        () => {
          outcomes[me] = 'runs';
        },
        (error: Error) => {
          outcomes[me] = error.name;
        },
      );
    }
    await clock.advance(10_000);
    return outcomes;
  }

  test('of several that start at the same moment after a crash, exactly one runs', async () => {
    expect(await start(['a:3', 'a:1', 'a:2', 'b:1'], [], ['a:0'])).toEqual({
      'a:1': 'runs',
      'a:2': 'NodeIdError',
      'a:3': 'NodeIdError',
      'b:1': 'runs',
    });
  });

  test.each(['a:1', 'a:9'])('%s does not start while another one runs', async (me) => {
    expect(await start([me], ['a:5'], [])).toEqual({ [me]: 'NodeIdError' });
  });
});
