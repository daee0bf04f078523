import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import type { IntentName } from '../../../machines/intents.ts';
import {
  type Facts,
  GIVE_UP_AFTER,
  type KeeperEvent,
  type KeeperInput,
  keeperMachine,
  nextIntent,
  RETRY_MS,
  STEADY_MS,
  SUSPEND_MS,
  statusOf,
} from '../../../machines/keeper.ts';
import type { Observation } from '../../../machines/observation.ts';

const playing: Observation = { playback: 'playing', fullscreen: true };
const paused: Observation = { playback: 'paused', fullscreen: true };
const stopped: Observation = { playback: 'stopped', fullscreen: true };

/** One keeper; `asked`: its actions so far. */
function keeper(input: Partial<KeeperInput> = {}) {
  let [snapshot] = initialTransition(keeperMachine, {
    target: { playback: 'playing' },
    giveUpAfter: GIVE_UP_AFTER,
    ...input,
  });
  const asked: IntentName[] = [];
  let at = 0;
  const send = (event: KeeperEvent) => {
    const [next, actions] = transition(keeperMachine, snapshot, event);
    snapshot = next;
    for (const { type, params } of actions) if (type === 'act') asked.push((params as { intent: IntentName }).intent);
    return `${statusOf(snapshot.value)}: ${snapshot.context.why}`;
  };
  const facts = { isActive: true, isMaintained: false, session: 's1', isMeasured: true, isBusy: false };
  return {
    asked,
    get tries() {
      return snapshot.context.tries;
    },
    see: (seen: Observation | null, other: Partial<Facts> = {}) =>
      send({ type: 'EVALUATE', facts: { ...facts, at, seen, ...other } }),
    commanded: () => send({ type: 'COMMANDED', by: 'ana', at }),
    end: (ending = 'success') => send({ type: 'ENDED', ending, at }),
    wait: (ms: number) => {
      at += ms;
    },
  };
}

describe('G1 the missing intent follows from the measurement', () => {
  test.each<[KeeperInput['target'], Observation, ReturnType<typeof nextIntent>]>([
    [{ playback: 'playing' }, playing, 'nothing'],
    [{ playback: 'playing' }, paused, 'play'],
    [{ playback: 'playing' }, stopped, 'play'],
    [{ playback: 'playing' }, { playback: 'not playing' }, 'play'],
    [{ playback: 'playing' }, {}, 'not told'],
    [{ playback: 'paused' }, playing, 'pause'],
    [{ playback: 'paused' }, paused, 'nothing'],
    [{ playback: 'paused' }, stopped, 'nothing'],
    [{ playback: 'paused' }, { playback: 'not playing' }, 'nothing'],
    [{ playback: 'stopped' }, playing, 'stop'],
    [{ playback: 'stopped' }, paused, 'stop'],
    [{ playback: 'stopped' }, stopped, 'nothing'],
    [{ playback: 'stopped' }, { playback: 'not playing' }, 'not told'],
    [{ playback: 'playing', fullscreen: true }, { playback: 'playing', fullscreen: false }, 'fullscreen:on'],
    [{ playback: 'playing', fullscreen: false }, playing, 'fullscreen:off'],
    [{ playback: 'playing', fullscreen: true }, playing, 'nothing'],
    [{ playback: 'playing', fullscreen: true }, { playback: 'playing' }, 'not told'],
    [{ playback: 'playing', fullscreen: false }, stopped, 'play'],
    [{ playback: 'paused', fullscreen: false }, stopped, 'nothing'],
  ])('%j, measured %j: %s', (target, seen, expected) => expect(nextIntent(target, seen)).toBe(expected));
});

describe('G2 it acts only on measurements', () => {
  test('nothing is requested before one, without a connection, or for an old one', () => {
    const it = keeper();
    expect(it.see(null, { session: null, isMeasured: false })).toBe('unknown: not connected');
    expect(it.see(null, { isMeasured: false })).toBe('unknown: not measured');
    expect(it.see(paused, { isMeasured: false })).toBe('unknown: not measured');
    expect(it.see(null)).toBe('unknown: not measured');
    expect(it.see({})).toBe('unknown: not told');
    expect(it.asked).toEqual([]);
  });

  test('a deviating one causes a command at once, and once', () => {
    const it = keeper();
    expect(it.see(playing)).toBe('converged: as wanted');
    expect(it.see(paused)).toBe('converging: command sent');
    expect(it.see(paused)).toBe('converging: command sent');
    it.see(paused, { isBusy: true });
    it.end();
    expect(it.see(null)).toBe('converging: command sent');
    expect(it.asked).toEqual(['play']);
    expect(it.see(playing)).toBe('converged: as wanted');
    expect(it.asked).toEqual(['play']);
  });

  test('playback comes first, fullscreen follows without a wait', () => {
    const it = keeper({ target: { playback: 'playing', fullscreen: true } });
    it.see({ playback: 'stopped', fullscreen: false });
    it.end();
    it.see({ playback: 'playing', fullscreen: false });
    expect(it.asked).toEqual(['play', 'fullscreen:on']);
  });

  test('while a person’s command is pending nothing is requested', () => {
    const it = keeper();
    it.see(paused, { isBusy: true });
    expect(it.asked).toEqual([]);
  });
});

describe('G3 it backs off, and gives up', () => {
  const tryOnce = (it: ReturnType<typeof keeper>, ending = 'timeout') => {
    it.see(paused);
    it.end(ending);
  };

  test('each wait is twice the previous one', () => {
    const it = keeper();
    tryOnce(it);
    for (const times of [1, 2, 3]) {
      it.wait(RETRY_MS * 2 ** (times - 1) - 1);
      expect(it.see(paused)).toBe('converging: waiting to retry');
      expect(it.asked).toHaveLength(times);
      it.wait(1);
      tryOnce(it);
      expect(it.asked).toHaveLength(times + 1);
    }
  });

  const givenUp = (n = 2) => {
    const it = keeper({ giveUpAfter: n });
    for (let i = 0; i < n; i++) {
      tryOnce(it, 'error');
      it.wait(600_000);
    }
    expect(it.see(paused)).toBe('failing: gave up');
    expect(it.tries).toMatchObject({ play: { times: n, ending: 'error' } });
    return it;
  };

  test('after n tries it requests nothing more', () => {
    const it = givenUp();
    it.wait(3600_000);
    it.see(paused);
    expect(it.asked).toHaveLength(2);
  });

  test('a new session starts over, and so does another measurement', () => {
    const it = givenUp();
    expect(it.see(paused, { session: 's2' })).toBe('converging: command sent');
    const other = givenUp();
    expect(other.see(stopped)).toBe('converging: command sent');
  });

  test('a player that is away keeps its tries; one that returns a minute after the last has none', () => {
    const it = keeper();
    it.see(paused);
    it.end();
    it.wait(STEADY_MS - 1);
    it.see(null, { session: null, isMeasured: false });
    it.see(null, { session: 's2', isMeasured: false });
    expect(it.tries).toHaveProperty('play');
    it.wait(1);
    it.see(null, { session: null, isMeasured: false });
    expect(it.tries).toHaveProperty('play');
    it.see(null, { session: 's3', isMeasured: false });
    expect(it.tries).toEqual({});
  });

  test('a player that reconnects at once after each try does not start over', () => {
    const it = keeper({ giveUpAfter: 3 });
    for (let n = 0; n < 4; n++) {
      it.see(null, { session: null, isMeasured: false });
      it.see(null, { session: `s${n}`, isMeasured: false });
      it.see(paused, { session: `s${n}` });
      if (n < 3) it.end();
      it.wait(STEADY_MS / 2);
    }
    expect(it.asked).toHaveLength(3);
  });

  test('a measurement that differs only in fullscreen starts over, too', () => {
    const it = keeper({ giveUpAfter: 1 });
    it.see(stopped);
    it.end('timeout');
    expect(it.see(stopped)).toBe('failing: gave up');
    expect(it.see({ playback: 'stopped', fullscreen: false })).toBe('converging: command sent');
    expect(it.asked).toEqual(['play', 'play']);
  });

  test('a steady state counts from its first measurement, even if not every look finds a new one', () => {
    const it = keeper();
    it.see(stopped);
    it.end();
    it.see(playing);
    it.wait(STEADY_MS - 1);
    expect(it.see(null)).toBe('converged: as wanted');
    it.wait(1);
    it.see(stopped);
    expect(it.tries).toMatchObject({ play: { times: 1 } });
    expect(it.asked).toEqual(['play', 'play']);
  });

  test('a state reached only for a moment does not count', () => {
    const it = keeper({ giveUpAfter: 3 });
    for (let n = 0; n < 20; n++) {
      it.see(paused);
      it.end();
      it.see(playing);
      it.wait(STEADY_MS - 1);
    }
    expect(it.asked).toHaveLength(3);
    expect(it.see(paused)).toBe('failing: gave up');
    it.see(playing);
    it.wait(STEADY_MS);
    expect(it.see(paused)).toBe('converging: command sent');
  });

  test('a refusal is a try, too', () => {
    const it = keeper();
    it.see(paused);
    it.end('queue_full');
    expect(it.see(paused)).toBe('converging: waiting to retry');
  });
});

describe('G4 people have priority', () => {
  test('a person’s command suspends it for a while', () => {
    const it = keeper();
    it.see(playing);
    expect(it.commanded()).toBe('suspended: command');
    it.wait(SUSPEND_MS - 1);
    expect(it.see(paused)).toBe('suspended: command');
    expect(it.asked).toEqual([]);
    it.wait(1);
    expect(it.see(paused)).toBe('converging: command sent');
  });

  test('over a restart, too', () => {
    const it = keeper({ suspended: { until: 1000, by: 'ana' } });
    expect(it.see(paused)).toBe('suspended: command');
    it.wait(1000);
    expect(it.see(paused)).toBe('converging: command sent');
  });

  test('so does maintenance, as long as it lasts', () => {
    const it = keeper();
    expect(it.see(paused, { isMaintained: true })).toBe('suspended: maintenance');
    expect(it.see(null)).toBe('unknown: not measured');
    expect(it.see(paused)).toBe('converging: command sent');
  });

  test('its own command that ends meanwhile starts nothing', () => {
    const it = keeper();
    it.see(paused);
    it.commanded();
    it.end('timeout');
    expect(it.see(paused)).toBe('suspended: command');
    expect(it.asked).toHaveLength(1);
  });
});

describe('G5 outside its hours nothing is enforced', () => {
  test('and a suspension ends with them', () => {
    const it = keeper();
    it.see(playing);
    it.commanded();
    expect(it.see(paused, { isActive: false })).toBe('inactive: outside hours');
    expect(it.commanded()).toBe('inactive: outside hours');
    expect(it.see(paused)).toBe('converging: command sent');
  });
});

test('G2, G3 for any events: one command at a time, each caused by a measurement, none while suspended or inactive', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('see' as const),
        seen: fc.constantFrom(playing, paused, stopped, {}, null),
      }),
    },
    fc.record({ do: fc.constant('end' as const) }),
    fc.record({ do: fc.constant('commanded' as const) }),
    fc.record({ do: fc.constant('session' as const), session: fc.constantFrom('s1', 's2', null) }),
    fc.record({
      do: fc.constant('facts' as const),
      isActive: fc.boolean(),
      isMaintained: fc.boolean(),
      isMeasured: fc.boolean(),
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, RETRY_MS, STEADY_MS, SUSPEND_MS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const it = keeper();
      let facts: Partial<Facts> = {};
      let [isOpen, isSuspended, now] = [false, -1, 0];
      for (const one of steps) {
        const before = it.asked.length;
        if (one.do === 'wait') {
          now += one.ms;
          it.wait(one.ms);
        } else if (one.do === 'end') {
          it.end();
          isOpen = false;
        } else if (one.do === 'session') facts = { ...facts, session: one.session };
        else if (one.do === 'facts') facts = { ...facts, ...one };
        else if (one.do === 'commanded') {
          if (it.commanded().startsWith('suspended')) isSuspended = now + SUSPEND_MS;
        } else {
          const said = it.see(one.seen, facts);
          if (said.startsWith('converged'))
            expect(isOpen ? 'open' : (one.seen?.playback ?? 'playing')).not.toBe('paused');
          if (facts.isActive === false) isSuspended = -1;
          const mayAct =
            !isOpen &&
            one.seen?.playback !== undefined &&
            one.seen.playback !== 'playing' &&
            now >= isSuspended &&
            facts.isActive !== false &&
            !facts.isMaintained &&
            facts.isMeasured !== false &&
            facts.session !== null;
          if (it.asked.length > before) {
            expect(mayAct).toBe(true);
            isOpen = true;
          }
        }
        if (one.do !== 'see') expect(it.asked.length).toBe(before);
      }
    }),
    // Mutation tests run it often.
    { numRuns: process.env.RUNS ? 200 : 2000 },
  );
});
