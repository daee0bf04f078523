import { describe, expect, test } from 'vitest';
import { type Desired, Keeper, type Known } from '../../../src/fleet/keeper.ts';
import type { ShownDesired } from '../../../src/protocol/desired.ts';
import { deferred } from '../../support/deferred.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const MINUTE = 60_000;

/** A keeper of a device that should play, and the times at which it is to be looked at. */
function open(shown?: (time: (ms: number) => string) => Partial<ShownDesired>) {
  const clock = simulatedClock();
  const begunAt = clock.now();
  const time = (ms: number) => new Date(clock.wall() + ms).toISOString();
  const setAt = time(0);
  const desired: Desired = { target: { playback: 'playing', setAt, setBy: 'ana' }, source: 'all' };
  const state = { nextAt: undefined as number | undefined, isActive: true, turns: 0 };
  const planned: (number | undefined)[] = [];
  const orders: { intent: string; end(ending: string): Promise<void> }[] = [];
  const before = shown && ({ ...desired.target, source: 'all', ...shown(time) } as ShownDesired);
  const keeper = new Keeper(
    { id: 'd', turn: () => void state.turns++ },
    desired,
    {
      clock,
      poller: {
        set: (_: Keeper, at: number) => void planned.push(at - begunAt),
        delete: () => void planned.push(undefined),
      } as never,
      situation: (_, __, wall) => ({
        isActive: state.isActive,
        isMaintained: false,
        nextAt: state.nextAt === undefined ? undefined : wall + state.nextAt,
      }),
      order: (_, intent) => {
        const ending = deferred<string>();
        const end = async (it: string) => {
          ending.resolve(it);
          await new Promise(setImmediate);
        };
        orders.push({ intent, end });
        return ending.promise;
      },
    },
    before,
  );
  const look = (playback: 'playing' | 'stopped' = 'stopped') => {
    const known: Known = { at: clock.now(), session: 's', isMeasured: true, seen: { playback }, isBusy: false };
    return keeper.look({} as never, known);
  };
  return { clock, keeper, state, planned, orders, time, look };
}

describe('G2 a keeper', () => {
  test('orders what is missing, and tries again at the next time', async () => {
    const { clock, state, planned, orders, look } = open();
    expect(look()).toMatchObject({ status: 'converging', why: 'command sent', source: 'all', setBy: 'ana' });
    expect(orders.map(({ intent }) => intent)).toEqual(['play']);
    await orders[0]?.end('timeout');
    expect(state.turns).toBe(1);
    await clock.advance(1000);
    expect(look()).toMatchObject({ why: 'waiting to retry', tried: [{ intent: 'play', times: 1, ending: 'timeout' }] });
    expect(planned.at(-1)).toBe(5000);
    await clock.advance(4000);
    look();
    expect(orders).toHaveLength(2);
  });

  test('is looked at when its hours change, if that is earlier', async () => {
    const { clock, state, planned, look } = open();
    look();
    state.nextAt = 500;
    look();
    expect(planned.at(-1)).toBe(500);
    state.nextAt = 9000;
    look();
    expect(planned.at(-1)).toBe(5000);
    state.nextAt = 0;
    look();
    expect(planned.at(-1), 'not now again').toBe(5000);
    await clock.advance(20_000);
    state.nextAt = undefined;
    look('playing');
    expect(planned.at(-1), 'there is nothing to wait for').toBeUndefined();
  });

  test('shows the same object as long as nothing changes, and since when it is so', async () => {
    const { clock, time, orders, look } = open();
    const since = time(0);
    const first = look();
    await clock.advance(100);
    expect(look()).toBe(first);
    await orders[0]?.end('error');
    const ended = look();
    expect(ended).not.toBe(first);
    expect(ended).toMatchObject({ tried: [{ ending: 'error' }] });
    const converged = look('playing');
    expect(converged).toMatchObject({ status: 'converged', why: 'as wanted', since: time(0) });
    expect(converged).not.toHaveProperty('tried');
    expect(first.since).toBe(since);
  });

  test('once stopped does not learn of endings', async () => {
    const { keeper, state, planned, orders, look } = open();
    look();
    keeper.stop();
    expect(planned.at(-1)).toBeUndefined();
    await orders[0]?.end('success');
    expect(state.turns).toBe(0);
  });

  test('is suspended by commands of others, and says by whom and until when', async () => {
    const { clock, keeper, planned, time, look } = open();
    const until = time(15 * MINUTE);
    keeper.commanded('ben');
    expect(look()).toMatchObject({ status: 'suspended', why: 'command', by: 'ben', until });
    expect(planned.at(-1)).toBe(15 * MINUTE);
    await clock.advance(15 * MINUTE);
    expect(look()).toMatchObject({ why: 'command sent' });
    expect(look()).not.toHaveProperty('by');
  });

  test('polled by its poller ends a turn of the device', () => {
    const { keeper, state } = open();
    expect(keeper.poll()).toBeUndefined();
    expect(state.turns).toBe(1);
  });
});

describe('G6 a keeper after a restart, or at another instance', () => {
  test('remembers its attempts', () => {
    const { orders, planned, look } = open((time) => ({
      ...{ status: 'converging', why: 'waiting to retry', since: time(-9000) },
      tried: [{ intent: 'play', times: 2, lastAt: time(-1000), ending: 'timeout' }],
    }));
    expect(look()).toMatchObject({ since: expect.any(String), tried: [{ times: 2, ending: 'timeout' }] });
    expect([orders.length, planned.at(-1)]).toEqual([0, 9000]);
  });

  test('stays suspended, but never for longer than it was, whatever happened to the clock', () => {
    const suspended = (sinceMs: number, untilMs: number) =>
      open((time) => ({
        ...{ status: 'suspended', why: 'command', since: time(sinceMs), by: 'ben', until: time(untilMs) },
      }));
    const usual = suspended(-5 * MINUTE, 10 * MINUTE);
    expect(usual.look()).toMatchObject({ status: 'suspended', by: 'ben', until: usual.time(10 * MINUTE) });
    const ahead = suspended(60 * MINUTE, 75 * MINUTE);
    expect(ahead.look().until, 'since now at the latest').toBe(ahead.time(15 * MINUTE));
    expect(suspended(-5 * MINUTE, -10 * MINUTE).look().status).toBe('converging');
    expect(open((time) => ({ status: 'converging', why: 'command sent', since: time(0) })).look().status).toBe(
      'converging',
    );
  });
});
