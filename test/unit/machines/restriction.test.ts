import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blameless,
  type Conduct,
  carried,
  counted,
  FIRST_PAUSE_MS,
  FORGIVEN_MS,
  flooded,
  imposed,
  isForgotten,
  latelyOf,
  lifted,
  MAX_PAUSE_MS,
  PROBATION_MS,
  restrictionAt,
  WINDOW_MS,
} from '../../../machines/restriction.ts';

const times = (count: number, everyMs: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * everyMs);
const doing = (what: 'registrations' | 'connections' | 'oversized', at: number[], conduct: Conduct = blameless) =>
  at.reduce((so, it) => counted(so, what, it), conduct);

describe('P13 restricted', () => {
  test.each([
    ['15 registrations in 60 s', 'registrations', times(15, 4000), 'flapping'],
    ['60 connections in 60 s', 'connections', times(60, 1000), 'flapping'],
    ['ten messages in a minute that are too large', 'oversized', times(10, 6000), 'oversized'],
  ] as const)('%s', (_, what, at, why) => {
    expect(restrictionAt(doing(what, at.slice(0, -1)), at.at(-1) as number)).toBeUndefined();
    const now = at.at(-1) as number;
    expect(restrictionAt(doing(what, [...at]), now)).toMatchObject({ why, since: now, until: now + FIRST_PAUSE_MS });
  });

  test.each([
    ['registrations', times(100, 4300)],
    ['oversized', times(100, 6700)],
    ['connections', times(200, 1020)],
  ] as const)('fewer %s than that, however long, are no reason', (what, at) => {
    for (const [i, now] of at.entries()) expect(restrictionAt(doing(what, at.slice(0, i + 1)), now)).toBeUndefined();
  });

  test('ends by itself, and its pause grows to 30 s on repetition; after a quiet time it starts over', () => {
    const pauses: number[] = [];
    let conduct = blameless;
    let now = Date.UTC(2026, 10, 29);
    const restrictAgain = () => {
      while (!restrictionAt(conduct, now)) {
        now += 100;
        conduct = counted(conduct, 'registrations', now);
      }
      const { since, until } = restrictionAt(conduct, now) ?? { since: 0, until: 0 };
      pauses.push(until - since);
      now = until;
      expect(restrictionAt(conduct, now)).toBeUndefined();
    };
    for (let i = 0; i < 5; i++) restrictAgain();
    expect(pauses).toEqual([FIRST_PAUSE_MS, 12_000, 24_000, MAX_PAUSE_MS, MAX_PAUSE_MS]);
    now += FORGIVEN_MS;
    restrictAgain();
    expect(pauses.at(-1)).toBe(FIRST_PAUSE_MS);
  });

  test('right after a pause a third is enough, and later the full amount is needed again', () => {
    const conduct = flooded(blameless, 'much', 0);
    const free = FIRST_PAUSE_MS;
    expect(restrictionAt(doing('registrations', times(4, 10, free), conduct), free + 40)).toBeUndefined();
    expect(restrictionAt(doing('registrations', times(5, 10, free), conduct), free + 40)?.why).toBe('flapping');
    const later = free + PROBATION_MS;
    expect(restrictionAt(doing('registrations', times(14, 10, later), conduct), later + 130)).toBeUndefined();
  });

  test('probation ends to the millisecond, whatever the clock says', () => {
    const start = Date.UTC(2026, 10, 29);
    const conduct = flooded(blameless, 'much', start);
    const isRestricted = (ms: number) => {
      const at = start + FIRST_PAUSE_MS + ms;
      return restrictionAt(doing('registrations', Array(5).fill(at), conduct), at) !== undefined;
    };
    expect([0, PROBATION_MS - 1, PROBATION_MS].map(isRestricted)).toEqual([true, true, false]);
  });

  test('what was counted in the last minute goes with a device that moves, and counts at its next instance', () => {
    const here = doing('registrations', [0, 1, 50_000, 50_100]);
    const lately = latelyOf(here, WINDOW_MS);
    expect(lately).toEqual({ registrations: [59_999, 10_000, 9900], connections: [], oversized: [] });
    const there = carried(doing('registrations', [400]), lately, 1000);
    expect(there.registrations).toEqual([-58_999, -9000, -8900, 400]);
    expect(carried(blameless, { ...lately, registrations: [] }, 1000)).toBe(blameless);
    const oversized = times(9, 10).map((at) => 1000 - at);
    const much = carried(doing('oversized', [400]), { ...lately, oversized }, 1000);
    expect(restrictionAt(much, 1000)).toMatchObject({
      why: 'oversized',
      evidence: '10 messages in 60 s were too large',
    });
  });

  test.each(['registrations', 'connections', 'oversized'] as const)('%s are forgotten after a minute', (what) => {
    const conduct = doing(what, [1000]);
    expect(isForgotten(conduct, 1000 + WINDOW_MS - 1)).toBe(false);
    expect(isForgotten(conduct, 1000 + WINDOW_MS)).toBe(true);
  });

  test('a restriction is forgotten five minutes after its end', () => {
    const conduct = flooded(blameless, 'much', 0);
    expect(isForgotten(conduct, FIRST_PAUSE_MS + FORGIVEN_MS - 1)).toBe(false);
    expect(isForgotten(conduct, FIRST_PAUSE_MS + FORGIVEN_MS)).toBe(true);
  });

  test('attempts while restricted neither prolong it nor count', () => {
    const conduct = flooded(blameless, 'much', 0);
    expect(doing('registrations', times(100, 50), conduct)).toEqual(conduct);
    expect(flooded(conduct, 'more', 100)).toEqual(conduct);
  });

  test('one that another instance imposed is adopted, for 30 s at most, unless there is one already', () => {
    const of = (forMs: number) => imposed(blameless, { why: 'flooding', evidence: 'much', forMs }, 100);
    expect(restrictionAt(of(6000), 100)).toMatchObject({ why: 'flooding', evidence: 'much', since: 100, until: 6100 });
    expect(restrictionAt(of(60_000), 100)?.until).toBe(100 + MAX_PAUSE_MS);
    const conduct = of(6000);
    expect(imposed(conduct, { why: 'flooding', evidence: 'more', forMs: 60_000 }, 200)).toBe(conduct);
  });

  test('an operator lifts it: earlier events no longer count', () => {
    expect(restrictionAt(lifted(), 0)).toBeUndefined();
    expect(isForgotten(lifted(), 0)).toBe(true);
  });

  test('for any events, a pause is 6 to 30 s, and the stored history is bounded', () => {
    const step = fc.tuple(fc.constantFrom('registrations', 'connections', 'oversized', 'flood'), fc.nat(20_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let conduct: Conduct = blameless;
        let now = 0;
        for (const [what, gap] of steps) {
          now += gap;
          conduct = what === 'flood' ? flooded(conduct, '', now) : counted(conduct, what as 'oversized', now);
          const restriction = restrictionAt(conduct, now);
          if (restriction) {
            expect(restriction.until - restriction.since).toBeGreaterThanOrEqual(FIRST_PAUSE_MS);
            expect(restriction.until - restriction.since).toBeLessThanOrEqual(MAX_PAUSE_MS);
          }
          expect(conduct.registrations.length + conduct.connections.length + conduct.oversized.length).toBeLessThan(85);
        }
        expect(isForgotten(conduct, now + FORGIVEN_MS + MAX_PAUSE_MS)).toBe(true);
      }),
    );
  });
});
