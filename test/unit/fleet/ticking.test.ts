import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shared } from '../../../src/fleet/sharing.ts';
import { TickRules, Ticks } from '../../../src/fleet/ticking.ts';
import type { JsonObject } from '../../../src/protocol/document.ts';
import { arbitraryState } from '../../support/arbitrary-state.ts';

/** A device that publishes material changes, and holds ticks. */
function device(rules: readonly string[] = []) {
  const ticks = new Ticks(new TickRules(rules));
  let published: JsonObject = {};
  return {
    ticks,
    get published() {
      return published;
    },
    get latest() {
      return ticks.apply(published);
    },
    /** Returns the sections that had to be published. */
    measure(state: JsonObject): string[] {
      const comparison = ticks.compare(published, state);
      ticks.learn(comparison);
      const material = ticks.hold(comparison);
      const next: JsonObject = {};
      for (const key in state)
        next[key] = (material.has(key) || !Object.hasOwn(published, key) ? state : published)[key] as never;
      published = next;
      ticks.published(material);
      return [...material];
    },
  };
}

const state = (n: number, more: JsonObject = {}): JsonObject => ({
  timestamp: new Date(Date.UTC(2026, 0, 1) + n * 30_000).toISOString(),
  system: { uptime: 1000 + n, loadavg: [n / 7, n / 11, n / 13], hostname: 'player-1', cpus: 4 },
  vlc: { connected: true, playing: true, currentItem: 'a.mp4', position: (n * 0.137) % 1, volume: 100, ...more },
});

test.each([
  ['vlc', true],
  ['playing', true],
  ['currentMedia', true],
  ['system', false],
])('P3a a change of the section %s is one of the player: %s', (section, expected) => {
  const comparison = new Ticks(new TickRules()).compare({ [section]: { a: 1 } }, { [section]: { a: 2 } });
  expect(comparison).toMatchObject({ changed: true, playerChanged: expected });
});

test('A5 a rule that is a key alone is for the top level, one of a section for any depth of it, a longer one for itself', () => {
  const ruleOf = (rule: string) => (path: string) => new TickRules([rule]).ruleOf(path);
  const paths = ['uptime', 'system/uptime', 'system/cpu/uptime', 'vlc/uptime', 'other'];
  const always = (rule: string) => paths.filter((path) => ruleOf(rule)(path) === 'always');
  expect(always('uptime')).toEqual(['uptime']);
  expect(always('system/uptime')).toEqual(['system/uptime', 'system/cpu/uptime']);
  expect(always('*/uptime')).toEqual(['system/uptime', 'system/cpu/uptime', 'vlc/uptime']);
  expect(always('system/cpu/uptime')).toEqual(['system/cpu/uptime']);
});

describe('A5 what may tick', () => {
  const canTick = (was: unknown, is: unknown) =>
    new Ticks(new TickRules()).compare({ a: was } as JsonObject, { a: is } as JsonObject).differences[0]?.canTick;

  test.each([
    (n: number) => n,
    (n: number) => `2026-05-0${n}T09:15Z`,
    (n: number) => `2026-05-0${n}T09:15:30Z`,
    (n: number) => `2026-05-04T09:15:30.${n}Z`,
    (n: number) => `2026-05-04T09:15:30.00${n}+02:30`,
    (n: number) => `2026-05-04T09:15:3${n}-1145`,
  ])('a number and a time with a zone: %s', (of) => expect(canTick(of(1), of(2))).toBe(true));

  test.each([
    (n: number) => `at 2026-05-0${n}T09:15:30Z`,
    (n: number) => `2026-05-0${n}T09:15:30Z or so`,
    (n: number) => `2026-05-0${n}T09:15:30`,
    (n: number) => `2026-05-0${n}T09:15:30.${'0'.repeat(30)}Z`,
    (n: number) => `2026-05-0${n}T09:15:30 0200`,
    (n: number) => `item ${n}`,
    (n: number) => n === 1,
    (n: number) => (n === 1 ? 1 : '2026-05-04T09:15:30Z'),
    (n: number) => (n === 1 ? '2026-05-04T09:15:30Z' : null),
  ])('no other value: %s', (of) => expect(canTick(of(1), of(2))).toBe(false));
});

test('the memory of paths is bounded: players may invent any number of them', () => {
  const { root } = new TickRules();
  expect(root.at('known')).toBe(root.at('known'));
  for (let i = 0; i < 10_000; i++) root.at(`invented ${i}`);
  expect(root.at('known')).toBe(root.at('known'));
  expect(root.at('late')).not.toBe(root.at('late'));
  expect(root.at('late').path).toBe('late');
});

describe('A5 ticking values are learnt', () => {
  test('a value that differs in four measurements is held from the fourth on, and the state is complete all the same', () => {
    const it = device();
    const told = [0, 1, 2, 3, 4, 5, 6].map((n) => it.measure(state(n)));
    const all = ['timestamp', 'system', 'vlc'];
    expect(told).toEqual([all, all, all, all, [], [], []]);
    expect(it.latest).toEqual(state(6));
    expect(it.published).toEqual(state(3));
  });

  test('any other change is published at once, with the ticks of its section and no others', () => {
    const it = device();
    for (let n = 0; n < 8; n++) it.measure(state(n));
    expect(it.measure(state(8, { currentItem: 'b.mp4' }))).toEqual(['vlc']);
    expect(it.published).toEqual({ ...state(3), vlc: state(8, { currentItem: 'b.mp4' }).vlc });
    expect(it.latest).toEqual(state(8, { currentItem: 'b.mp4' }));
  });

  test('a value that is unchanged for eight measurements no longer ticks', () => {
    const it = device();
    for (let n = 0; n < 8; n++) it.measure(state(n));
    // Paused: the position is constant.
    const rest = (n: number) => ({ ...state(n), vlc: state(7).vlc as JsonObject });
    for (let n = 8; n < 15; n++) expect(it.measure(rest(n))).toEqual([]);
    expect(it.measure(rest(15))).toEqual(['vlc']);
    expect(it.measure(state(16)), 'the first movement after that').toEqual(['vlc']);
  });

  test.each<[string, (n: number) => JsonObject]>([
    ['the volume', (n) => ({ volume: n })],
    ['the item', (n) => ({ currentItem: `${n}.mp4` })],
    ['an item that looks like a time', (n) => ({ currentItem: new Date(n * 1000).toISOString() })],
    ['fullscreen as a number', (n) => ({ fullscreen: n % 2 })],
    ['a boolean', (n) => ({ repeat: n % 2 === 0 })],
    ['a text', (n) => ({ title: `part ${n}` })],
    ['a number that comes and goes', (n): JsonObject => (n % 2 ? { rate: n } : {})],
    ['a number that is null in between', (n) => ({ rate: n % 2 ? n : null })],
    ['a list that grows', (n) => ({ list: Array.from({ length: n }, () => 1) })],
  ])('%s never ticks, however often it changes', (_, more) => {
    const it = device();
    for (let n = 0; n < 20; n++) expect(it.measure({ vlc: more(n) }).length).toBe(n === 0 ? 1 : 1);
  });

  test('a list can add to the learnt paths, and remove from them', () => {
    const added = device(['app/note', 'mark', '*/beat', 'a/b/c']);
    const said = (n: number): JsonObject => ({ mark: `${n}`, app: { note: `n${n}` }, x: { y: { beat: `${n}` } } });
    added.measure(said(0));
    for (let n = 1; n < 4; n++) expect(added.measure(said(n))).toEqual([]);
    expect(added.latest).toEqual(said(3));

    const taken = device(['!system/uptime', 'vlc/volume']);
    for (let n = 0; n < 12; n++) taken.measure(state(n));
    expect(taken.measure(state(12))).toEqual(['system']);
    expect(taken.measure(state(12, { volume: 3 })), 'what plays never ticks').toEqual(['vlc']);
  });

  test('differences without a measurement teach nothing', () => {
    const it = device();
    it.measure(state(0));
    for (let n = 1; n < 10; n++) {
      const { differences } = it.ticks.compare(it.published, state(n));
      expect(differences.length).toBeGreaterThan(0);
    }
    expect(it.measure(state(10))).toEqual(['timestamp', 'system', 'vlc']);
  });

  test('values that a rule names are held as long as there are no more than 256', () => {
    const measuredTwice = (count: number) => {
      const it = device(['app/beat']);
      const said = (n: number): JsonObject => ({
        app: Object.fromEntries(Array.from({ length: count }, (_, i) => [`part ${i}`, { beat: `${n}` }])),
      });
      it.measure(said(0));
      return [it.measure(said(1)), it.latest.app] as const;
    };
    expect(measuredTwice(256)[0]).toEqual([]);
    expect(measuredTwice(257)[0]).toEqual(['app']);
    expect(Object.values(measuredTwice(257)[1] as JsonObject).every((it) => (it as JsonObject).beat === '1')).toBe(
      true,
    );
  });

  test('some of the learnt values may rest while others change', () => {
    const it = device();
    const of = (a: number, b: number, c: number): JsonObject => ({ a, b, c });
    for (let n = 0; n < 6; n++) it.measure(of(n, n, n));
    expect(it.measure(of(9, 5, 9))).toEqual([]);
    expect(it.measure(of(9, 5, 10))).toEqual([]);
    expect(it.measure(of(10, 6, 10))).toEqual([]);
    expect(it.measure(of(11, 6, 10))).toEqual([]);
    expect(it.latest).toEqual(of(11, 6, 10));
  });

  test('its memory is bounded', () => {
    const it = device();
    const wide = (n: number): JsonObject => ({ list: Array.from({ length: 1000 }, (_, i) => n * 1000 + i) });
    for (let n = 0; n < 10; n++) expect(it.measure(wide(n))).toEqual(['list']);
    expect(it.latest).toEqual(wide(9));
  });
});

test('A5 for any measurements: the published and the held values together are the state, and only numbers and times are held', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          arbitraryState,
          fc.nat(30).map((n) => state(n)),
        ),
        { maxLength: 30 },
      ),
      (states) => {
        const it = device();
        for (const said of states) {
          it.measure(structuredClone(said));
          expect(it.latest).toEqual(said);
          const held = it.ticks.compare(it.published, said).differences;
          expect(held.every(({ canTick }) => canTick)).toBe(true);
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 100) },
  );
});

test('equal parts are shared, and nothing else changes by it', () => {
  fc.assert(
    fc.property(arbitraryState, arbitraryState, (before, after) => {
      const wanted = structuredClone(after);
      const result = shared(before, after);
      expect(result).toEqual(wanted);
      if (isDeepStrictEqual(before, wanted)) expect(result).toBe(before);
    }),
  );
});
