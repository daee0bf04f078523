import { describe, expect, test } from 'vitest';
import { balanced, moved, type Rebalance, rebalance, unreachable } from '../../../machines/rebalance.ts';

const AFTER_MS = 60_000;
const SECOND = 1000;

/** Three instances as n1 sees them. Moved players are away until the test connects them. */
function cluster(players: Record<string, number>) {
  let now = 0;
  let is: Rebalance = balanced;
  let number = 0;
  const connected = new Map<string, string>();
  const outcomes: string[] = [];
  return {
    players,
    outcomes,
    get is() {
      return is;
    },
    get away() {
      return [...is.away.keys()];
    },
    connect(id: string, node: string) {
      connected.set(id, node);
      players[node] = (players[node] ?? 0) + 1;
    },
    /** Runs for so long, and moves what it is told to. Returns the number of players moved at each tick. */
    run(ms: number, arriveAt?: string) {
      const ticks: number[] = [];
      for (const end = now + ms; now < end; now += SECOND) {
        const situation = {
          now,
          me: 'n1',
          players: new Map(Object.entries(players)),
          nodeOf: (id: string) => connected.get(id),
        };
        const { is: next, close, ended } = rebalance(is, situation, AFTER_MS);
        outcomes.push(...ended);
        const ids = Array.from({ length: close }, () => `moved-${number++}`);
        is = moved(next, ids, now);
        players.n1 = (players.n1 ?? 0) - close;
        if (arriveAt) for (const id of ids) this.connect(id, arriveAt);
        ticks.push(close);
      }
      return ticks;
    },
  };
}

describe('K10 rebalancing', () => {
  test('20, 20, 0 becomes 14, 20, 6 by two a second, after the players were uneven for a minute', () => {
    const it = cluster({ n1: 20, n2: 20, n3: 0 });
    expect(it.run(61 * SECOND, 'n3').every((closed) => closed === 0)).toBe(true);
    expect(it.run(10 * SECOND, 'n3')).toEqual([2, 2, 2, 0, 0, 0, 0, 0, 0, 0]);
    expect(it.players).toEqual({ n1: 14, n2: 20, n3: 6 });
    expect(it.outcomes).toEqual(Array.from({ length: 6 }, () => 'arrived'));
    expect(it.is.isMoving).toBe(false);
  });

  test.each([
    ['one instance', { n1: 30 }],
    ['two more than its share of 3', { n1: 4, n2: 3, n3: 3 }],
    ['10 % more than its share', { n1: 110, n2: 95, n3: 95 }],
    ['less than its share', { n1: 5, n2: 40 }],
    ['no players', { n1: 0, n2: 0 }],
  ])('nothing is moved: %s', (_, players) => {
    const it = cluster(players);
    expect(it.run(300 * SECOND).every((closed) => closed === 0)).toBe(true);
  });

  test('an instance that joins or leaves starts the wait anew', () => {
    const it = cluster({ n1: 30, n2: 10 });
    it.run(50 * SECOND);
    it.players.n3 = 0;
    expect(it.run(60 * SECOND).every((closed) => closed === 0)).toBe(true);
    expect(it.run(5 * SECOND).some((closed) => closed > 0)).toBe(true);
  });

  test('at most 20 are away at a time, and it goes on when they arrive', () => {
    const it = cluster({ n1: 300, n2: 0 });
    it.run(60 * SECOND);
    it.run(20 * SECOND);
    expect(it.away).toHaveLength(20);
    for (const id of it.away) it.connect(id, 'n2');
    expect(it.run(SECOND)).toEqual([2]);
  });

  test('if they come back to it, it pauses for ten minutes', () => {
    const it = cluster({ n1: 300, n2: 0 });
    it.run(60 * SECOND);
    const moves = it.run(60 * SECOND, 'n1').reduce((sum, closed) => sum + closed, 0);
    expect(moves).toBeLessThan(10);
    expect(it.run(500 * SECOND).every((closed) => closed === 0)).toBe(true);
    expect(it.run(200 * SECOND).some((closed) => closed > 0)).toBe(true);
  });

  test('if they come back after an earlier move that went well, it pauses as soon', () => {
    const it = cluster({ n1: 100, n2: 0 });
    it.run(61 * SECOND);
    it.run(60 * SECOND, 'n2');
    expect(it.players).toEqual({ n1: 50, n2: 50 });
    Object.assign(it.players, { n1: 300, n2: 0 });
    it.run(60 * SECOND);
    const moves = it.run(60 * SECOND, 'n1').reduce((sum, closed) => sum + closed, 0);
    expect(moves).toBeLessThan(10);
  });

  test('while the cluster is unreachable nobody counts as lost, except those that already do', () => {
    const it = cluster({ n1: 300, n2: 0 });
    it.run(70 * SECOND);
    expect(it.away.length).toBeGreaterThan(3);
    const is = unreachable({ ...it.is, counts: { ...it.is.counts, lost: 2 } });
    expect(is).toEqual({ ...balanced, counts: { arrived: 0, returned: 0, lost: 2 } });
  });

  test.each([
    ['two lost players', { counts: { ...balanced.counts, lost: 2 } }, true],
    ['three', { counts: { ...balanced.counts, lost: 3 } }, false],
    ['a pause that has just ended', { pausedUntil: AFTER_MS }, true],
    ['one that has not', { pausedUntil: AFTER_MS + 1 }, false],
  ])('whether players are moved after %s', (_, more, isMoving) => {
    const was = { ...balanced, instances: 'n1,n2', unevenSince: 0, ...more };
    const players = new Map(Object.entries({ n1: 30, n2: 0 }));
    const { is, close } = rebalance(was, { now: AFTER_MS, me: 'n1', players, nodeOf: () => undefined }, AFTER_MS);
    expect([is.isMoving, close]).toEqual([isMoving, isMoving ? 2 : 0]);
  });

  test('if three do not come back within a minute, no more are ever moved', () => {
    const it = cluster({ n1: 300, n2: 0 });
    it.run(60 * SECOND);
    it.run(120 * SECOND);
    expect(it.outcomes.filter((outcome) => outcome === 'lost').length).toBeGreaterThanOrEqual(3);
    for (const id of it.away) it.connect(id, 'n2');
    expect(it.run(3600 * SECOND).every((closed) => closed === 0)).toBe(true);
  });
});
