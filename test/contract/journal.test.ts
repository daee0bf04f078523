import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { pruneJournal } from '../../src/adapters/database/journal/prune.ts';
import type { HistoryChange } from '../../src/ports/history.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { arbitraryState } from '../support/arbitrary-state.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { type Fate, type Rememberer, rememberer } from '../support/remembered.ts';

const plain = <T>(value: T): T => structuredClone(value);
const noPause = async () => {};

type Step =
  | { do: 'change'; device: string; state: JsonObject; skipped: number }
  | { do: 'remove'; device: string }
  | { do: 'wait'; ms: number }
  | { do: 'step back'; ms: number }
  | { do: 'write' }
  | { do: 'restart' }
  | { do: 'away'; fate: Fate; states: JsonObject[] };

const device = fc.constantFrom('a', 'B:1', 'b:1');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('change'), device, state: arbitraryState, skipped: fc.constant(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('change'), device, state: arbitraryState, skipped: fc.constant(5000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), device }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 7, 400, 90_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('step back'), ms: fc.constantFrom(1, 20, 5000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('away'),
      fate: fc.constantFrom('refused', 'unheard'),
      states: fc.array(arbitraryState, { maxLength: 6 }),
    }),
  },
) as fc.Arbitrary<Step>;

async function live(it: Rememberer, steps: readonly Step[]): Promise<void> {
  for (const what of steps) {
    if (what.do === 'change') it.change(what.device, what.state, what.skipped);
    else if (what.do === 'remove') it.remove(what.device);
    else if (what.do === 'wait') await it.clock.advance(what.ms);
    else if (what.do === 'step back') stepBack(it, what.ms);
    else if (what.do === 'write') await it.journal.written();
    else if (what.do === 'restart') await it.restart();
    else await beAway(it, what);
  }
}

/** Times repeat when the clock is set back, so a moment in the repeated range is ambiguous. */
function stepBack(it: Rememberer, ms: number): void {
  const to = it.clock.wall();
  it.clock.step(-ms);
  it.gaps.push({ from: it.clock.wall(), to });
}

async function beAway(it: Rememberer, { fate, states }: Extract<Step, { do: 'away' }>): Promise<void> {
  await it.journal.written();
  await it.clock.advance(1);
  const from = it.clock.wall();
  it.fate = fate;
  for (const state of states) {
    it.change('a', state);
    it.change('b:1', state);
    await it.journal.written().catch(() => {});
    await it.clock.advance(10);
  }
  it.fate = 'written';
  it.gaps.push({ from, to: it.clock.wall() });
  await it.clock.advance(2000);
  await expect.poll(() => it.journal.backlog, { interval: 1 }).toBe(0);
}

/** Every moment at which a device changed, and the one before it. */
async function expectExact(it: Rememberer, from = 0): Promise<void> {
  const moments = it.told.flatMap(({ deviceId, at }) => [
    { deviceId, at },
    { deviceId, at: at - 1 },
  ]);
  const inGap = (at: number) => it.gaps.some((gap) => at >= gap.from && at < gap.to);
  for (const { deviceId, at } of moments.filter((moment) => moment.at >= from && !inGap(moment.at))) {
    const { version, document } = (await it.history.stateAt(deviceId, at)) ?? {};
    const truth = it.truthAt(deviceId, at);
    expect({ deviceId, at, version, document }).toEqual({ deviceId, at, ...plain(truth ?? {}) });
  }
}

describe.each(databases)('Journal: %s', (kind, place) => {
  const seed = Number(process.env.SEED ?? 20_260_301);

  test(`H1 at each moment the state is the published document, before and after pruning (seed ${seed})`, async () => {
    const database = await openTestDatabase(await place());
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(100), async (steps, percent) => {
        await database.write([database.db.deleteFrom('changes'), database.db.deleteFrom('keyframes')]);
        const it = rememberer(database);
        await live(it, steps);
        await expectExact(it);
        if (it.told.length === 0) return;
        const horizon = it.told[Math.floor(((it.told.length - 1) * percent) / 100)]?.at as number;
        await pruneJournal(database, horizon, noPause);
        await expectExact(it, horizon);
      }),
      { numRuns: kind === 'sqlite' ? 25 : 8, seed },
    );
  });

  test(`H11 beyond its budget the history of a device is coarse and marked as such; other histories are exact (seed ${seed})`, async () => {
    const database = await openTestDatabase(await place());
    const few = { perSecond: 1, burst: 5 };
    const limits = { rows: few, bytes: { perSecond: 200, burst: 4000 } };
    let coarse = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 90 }), async (steps) => {
        await database.write([database.db.deleteFrom('changes'), database.db.deleteFrom('keyframes')]);
        const it = rememberer(database, limits);
        await live(
          it,
          steps.filter((what) => what.do !== 'step back' && what.do !== 'away'),
        );
        const end = it.clock.wall();
        for (const { deviceId, at } of it.told) {
          for (const moment of [at - 1, at, at + 5000]) {
            const past = await it.history.stateAt(deviceId, moment);
            const truth = it.truthAt(deviceId, past?.isCoarse ? past.since : moment);
            if (past?.isCoarse) coarse++;
            // In a coarse range it may be the earlier of two within one millisecond.
            if (past?.isCoarse) expect(past.version).toBeLessThanOrEqual(truth?.version as number);
            else if (moment <= end) expect(plain({ ...past, since: 0 })).toEqual(plain({ ...truth, since: 0 }));
          }
        }
        // A clean stop stores the last document of each.
        await it.restart();
        for (const deviceId of new Set(it.told.map((one) => one.deviceId))) {
          const { version, document, isCoarse } = (await it.history.stateAt(deviceId, end)) ?? {};
          const truth = it.truthAt(deviceId, end);
          expect({ version, document, isCoarse }).toEqual(plain({ ...truth, isCoarse: undefined }));
        }
      }),
      { numRuns: kind === 'sqlite' ? 20 : 6, seed },
    );
    expect(coarse).toBeGreaterThan(20);
  });

  test('H12 the fleet at a moment, page by page, is every document that was published then', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    const ids = Array.from({ length: 23 }, (_, n) => `screen-${String(n).padStart(2, '0')}`);
    for (const [n, id] of ids.entries()) {
      it.change(id, { n });
      await it.clock.advance(10);
    }
    const begin = it.clock.wall();
    // Many keyframes of one device do not hide the next.
    for (let n = 0; n < 450; n++) it.change('screen-03', { again: n });
    await it.clock.advance(1000);
    it.remove('screen-07');
    await it.clock.advance(1000);
    it.change('later', { n: 1 });
    await it.clock.advance(1000);

    const fleetAt = async (at: number, sees?: (id: string) => boolean) => {
      const found: unknown[] = [];
      for (let after: string | undefined; ; ) {
        const page = await it.history.fleetAt({ at, after, limit: 5, ...(sees && { sees }) });
        expect(page.devices.length).toBeLessThanOrEqual(5);
        found.push(...page.devices.map(({ deviceId, version, document }) => ({ deviceId, version, document })));
        after = page.last;
        if (after === undefined) return found;
      }
    };
    const all = ['later', ...ids];
    for (const at of [begin - 105, begin, begin + 1500, it.clock.wall()]) {
      const truths = all.flatMap((deviceId) => {
        const truth = it.truthAt(deviceId, at);
        return truth ? [{ deviceId, ...plain(truth) }] : [];
      });
      expect(await fleetAt(at)).toEqual(truths);
    }
    expect(await fleetAt(begin, (id) => id === 'screen-03' || id === 'screen-22')).toMatchObject([
      { deviceId: 'screen-03' },
      { deviceId: 'screen-22' },
    ]);
    expect(await fleetAt(Date.UTC(2020, 0, 1))).toEqual([]);
  });

  test('H11 a 230 kB device that changes every second for ten minutes: the amount written is bounded, and the coarse period ends', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database, 'usual');
    const text = 'x'.repeat(230_000);
    const start = it.clock.wall();
    for (let n = 1; n <= 600; n++) {
      it.change('giant', { text: `${n} ${text}` });
      it.change('usual', { n });
      await it.clock.advance(1000);
      await it.journal.written();
    }
    expect(it.coarse).toEqual(['giant']);
    const rows = await database.db.selectFrom('changes').selectAll().where('device_id', '=', 'giant').execute();
    const frames = await database.db.selectFrom('keyframes').selectAll().where('device_id', '=', 'giant').execute();
    const bytes = [...rows.map(({ patch }) => patch ?? ''), ...frames.map((it) => it.document)].join('').length;
    // The burst, the rest of the change that exceeds it, the first coarse change, and 2 KiB per second.
    expect(bytes).toBeLessThan(512 * 1024 + 3 * 240_000 + 600 * 2048);
    expect(rows.length).toBeGreaterThan(5);
    expect((await it.history.changes({ deviceId: 'usual', limit: 1000 })).changes).toHaveLength(600);

    const middle = await it.history.stateAt('giant', start + 300_000);
    expect(middle?.isCoarse).toBe(true);
    expect(plain(middle?.document)).toEqual(plain(it.truthAt('giant', middle?.since as number)?.document));
    const { changes } = await it.history.changes({ deviceId: 'giant', limit: 1000 });
    expect(changes.filter(({ isCoarse }) => isCoarse).length).toBeGreaterThan(3);

    // It pauses: afterwards its last document is exact, and so are later ones.
    await it.clock.advance(600_000);
    await it.journal.written();
    it.change('giant', { small: 1 });
    await it.clock.advance(1000);
    expect(await it.history.stateAt('giant', start + 900_000)).toMatchObject({ version: 600 });
    expect(await it.history.stateAt('giant', start + 900_000)).not.toHaveProperty('isCoarse');
    expect(await it.history.stateAt('giant', it.clock.wall())).toMatchObject({ document: { state: { small: 1 } } });
  });

  test('H1 a device that changes a thousand times: keyframes limit how much a query reads', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 1; n <= 1000; n++) {
      it.change('busy', { n, half: Math.floor(n / 2) });
      await it.clock.advance(1);
    }
    const before = it.clock.wall();
    for (const n of [1, 2, 99, 100, 101, 102, 500, 999, 1000]) {
      const past = await it.history.stateAt('busy', before - 1000 + n - 1);
      expect(past?.document.state).toEqual({ n, half: Math.floor(n / 2) });
    }
    const keyframes = await database.db.selectFrom('keyframes').select('version').orderBy('version').execute();
    expect(keyframes.map(({ version }) => version)).toEqual([1, 101, 201, 301, 401, 501, 601, 701, 801, 901]);

    expect(await pruneJournal(database, before - 100, noPause)).toBe(900);
    expect((await it.history.stateAt('busy', before - 100))?.document.state).toEqual({ n: 901, half: 450 });
    expect(await it.history.stateAt('busy', before - 101)).toBeUndefined();
    expect(await pruneJournal(database, before - 100, noPause)).toBe(0);
  });

  test('H2 large patches get keyframes sooner', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 0; n < 5; n++) it.change('large', { text: String(n).repeat(100_000) });
    await it.journal.written();
    const keyframes = await database.db.selectFrom('keyframes').select('version').orderBy('version').execute();
    expect(keyframes.map(({ version }) => version)).toEqual([1, 3, 5]);
  });

  test('H3 the changes, page by page and applied in order, produce every document', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    const start = it.clock.wall();
    for (let n = 1; n <= 250; n++) {
      // Several within one millisecond.
      if (n % 3 === 0) await it.clock.advance(1);
      it.change('d', { n });
      it.change('other', { n });
    }
    it.remove('d');
    await it.clock.advance(1);
    it.change('d', { again: true });
    const all: HistoryChange[] = [];
    for (let more = true; more; ) {
      const page = await it.history.changes({ deviceId: 'd', after: all.at(-1)?.version, limit: 7 });
      expect(page.changes.length).toBeLessThanOrEqual(7);
      all.push(...page.changes);
      more = page.more;
    }
    const told = it.told.filter(({ deviceId }) => deviceId === 'd');
    expect(all).toHaveLength(told.length);
    let document: unknown;
    for (const [i, change] of all.entries()) {
      if ('deleted' in change) document = undefined;
      else if ('document' in change) document = JSON.parse(change.document);
      else document = jsonPatch.applyPatch(document, JSON.parse(change.patch), true, false).newDocument;
      expect(change.at).toBe(told[i]?.at);
      expect(document).toEqual(plain(told[i]?.truth?.document));
    }

    const some = await it.history.changes({ deviceId: 'd', from: start + 1, to: start + 3, limit: 1000 });
    expect(some.more).toBe(false);
    expect(some.changes.map(({ version }) => version)).toEqual([3, 4, 5, 6, 7, 8]);
    expect((await it.history.changes({ deviceId: 'd', from: start + 1000, limit: 10 })).changes).toEqual([]);
    expect((await it.history.changes({ deviceId: 'nobody', limit: 10 })).changes).toEqual([]);
    const whole = await it.history.changes({ deviceId: 'd', limit: 1000 });
    expect(whole.changes).toEqual(all);
  });

  test('H10 after the clock steps back, the last change is still the last one, and changes keep their order', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    it.change('d', { n: 1 });
    await it.clock.advance(60_000);
    it.change('d', { n: 2 });
    const steppedAt = it.clock.wall();
    it.clock.step(-50_000);
    it.change('d', { n: 3 });
    await it.clock.advance(5000);
    it.change('d', { n: 4 });
    await it.clock.advance(100_000);
    const later = it.clock.wall();
    it.change('d', { n: 5 });

    const stateAt = async (at: number) => (await it.history.stateAt('d', at))?.document.state.n;
    expect(await stateAt(steppedAt - 60_000)).toBe(1);
    for (const at of [steppedAt, later - 1]) expect(await stateAt(at)).toBe(4);
    expect(await stateAt(later)).toBe(5);
    const versions = async (query: { from?: number; to?: number }) =>
      (await it.history.changes({ deviceId: 'd', limit: 10, ...query })).changes.map(({ version }) => version);
    expect(await versions({})).toEqual([1, 2, 3, 4, 5]);
    expect(await versions({ from: steppedAt + 1 })).toEqual([5]);
    expect(await versions({ from: steppedAt - 59_999, to: later })).toEqual([2, 3, 4]);

    expect(await pruneJournal(database, steppedAt, noPause)).toBe(0);
    expect(await pruneJournal(database, later, noPause)).toBe(0);
    expect(await stateAt(later - 1)).toBe(4);
  });

  test('H3 a page of large entries ends early', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 0; n < 30; n++) it.change('large', { text: String(n % 10).repeat(250_000) });
    const { changes, more } = await it.history.changes({ deviceId: 'large', limit: 1000 });
    expect(more).toBe(true);
    expect(changes.length).toBeLessThan(20);
    const rest = await it.history.changes({ deviceId: 'large', after: changes.at(-1)?.version, limit: 1000 });
    expect(rest.changes[0]?.version).toBe((changes.at(-1)?.version as number) + 1);
  });

  test.each(['refused', 'unheard'] as const)(
    'H4 while the database is unavailable (writes %s), one change per device waits; afterwards the last document is right',
    async (fate) => {
      const database = await openTestDatabase(await place());
      const it = rememberer(database);
      for (const id of ['a', 'b', 'gone']) it.change(id, { n: 0 });
      await it.journal.written();
      const leftAt = it.clock.wall();
      await it.clock.advance(10);

      it.fate = fate;
      for (let n = 1; n <= 3000; n++) {
        it.change('a', { n });
        it.change('b', { n });
        if (n === 1500) it.remove('gone');
        if (n % 500 === 0) {
          await it.clock.advance(1000);
          await expect.poll(() => it.journal.backlog).toBeLessThanOrEqual(3);
        }
      }
      // Stored changes can still be read, and the answer says that the latest are missing.
      expect(await it.history.stateAt('a', leftAt)).toMatchObject({ isBehind: true });
      expect(await it.history.changes({ deviceId: 'a', limit: 10 })).toMatchObject({ isBehind: true });

      it.fate = 'written';
      await it.clock.advance(1000);
      await expect.poll(() => it.journal.backlog).toBe(0);
      it.change('a', { after: 1 });
      await it.clock.advance(1);
      const left = await it.history.stateAt('a', leftAt);
      expect(left?.document.state).toEqual({ n: 0 });
      expect(left?.isBehind).toBeUndefined();
      for (const id of ['a', 'b', 'gone']) {
        const past = await it.history.stateAt(id, it.clock.wall());
        const truth = it.truthAt(id, it.clock.wall());
        expect({ id, version: past?.version, document: past?.document }).toEqual({ id, ...plain(truth ?? {}) });
      }
    },
  );

  test('M6 records that the database rejects are dropped and counted, and do not block the others', async () => {
    const it = rememberer(await openTestDatabase(await place()));
    it.fate = 'unkeepable';
    it.change('a', { n: 1 });
    it.change('a', { n: 2 });
    await it.journal.written();
    expect(it.journal).toMatchObject({ backlog: 0, dropped: 2 });
    it.fate = 'written';
    it.change('a', { n: 3 });
    expect((await it.history.stateAt('a', it.clock.wall()))?.document.state).toEqual({ n: 3 });
  });

  test('H4 a backlog beyond the limit is folded into one change per device, even before a write has failed', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 0; n < 50_000; n++) it.change(n % 2 ? 'a' : 'b', { n });
    expect(it.journal.backlog).toBeLessThan(20_010);
    await it.journal.written();
    const states = await Promise.all(['a', 'b'].map((id) => it.history.stateAt(id, it.clock.wall())));
    expect(states.map((it) => it?.document.state)).toEqual([{ n: 49_999 }, { n: 49_998 }]);
  });

  test('H5 changes are written within a second; a killed process loses no more than that, and nothing is stored twice', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (const n of [1, 2, 3]) it.change('d', { n });
    await it.clock.advance(1000);
    await expect.poll(() => it.journal.backlog).toBe(0);
    it.change('d', { lost: true });
    const killedAt = it.clock.wall();
    await it.restart({ killed: true });
    await it.clock.advance(5000);
    it.change('d', { n: 4 }, 5000);
    await it.journal.written();
    const { changes } = await it.history.changes({ deviceId: 'd', limit: 100 });
    // A full document, because the base of the patch was never written.
    expect(changes.map((change) => [change.version, Object.keys(change)[2]])).toEqual([
      [1, 'document'],
      [2, 'patch'],
      [3, 'patch'],
      [5005, 'document'],
    ]);
    expect((await it.history.stateAt('d', killedAt))?.document.state).toEqual({ n: 3 });
    expect((await it.history.stateAt('d', it.clock.wall()))?.document.state).toEqual({ n: 4 });
  });

  test('H6 a removed device has a history until its removal is older than the retention period', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    it.change('d', { n: 1 });
    const aliveAt = it.clock.wall();
    await it.clock.advance(10);
    it.remove('d');
    const removedAt = it.clock.wall();
    expect((await it.history.stateAt('d', aliveAt))?.document.state).toEqual({ n: 1 });
    expect(await it.history.stateAt('d', aliveAt - 1)).toBeUndefined();
    expect(await it.history.stateAt('d', removedAt)).toBeUndefined();
    expect((await it.history.changes({ deviceId: 'd', limit: 10 })).changes.at(-1)).toEqual({
      version: 2,
      at: removedAt,
      deleted: true,
    });
    expect(await pruneJournal(database, removedAt - 1, noPause)).toBe(0);
    expect(await pruneJournal(database, removedAt, noPause)).toBe(2);
    expect((await it.history.changes({ deviceId: 'd', limit: 10 })).changes).toEqual([]);
    expect(await database.db.selectFrom('keyframes').selectAll().execute()).toEqual([]);
  });

  test('H7 two instances can prune at the same time', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 0; n < 3000; n++) {
      it.change(`d-${n % 10}`, { n });
      if (n % 10 === 9) await it.clock.advance(10);
    }
    await it.journal.written();
    const horizon = it.clock.wall() - 1000;
    const removed = await Promise.all([
      pruneJournal(database, horizon, noPause),
      pruneJournal(database, horizon, noPause),
    ]);
    expect(removed[0] + removed[1]).toBe(2000);
    await expectExact(it, it.clock.wall() - 50);
  });
});
