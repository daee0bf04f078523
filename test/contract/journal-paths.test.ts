import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { createHistory } from '../../src/adapters/database/journal/history.ts';
import { pruneJournal } from '../../src/adapters/database/journal/prune.ts';
import { diff, newDocument } from '../../src/fleet/document.ts';
import { createLogger } from '../../src/log.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { makeOlderDatabase } from '../support/older-database.ts';
import { rememberer } from '../support/remembered.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const noPause = async () => {};
const plain = <T>(value: T): T => structuredClone(value);

describe.each(databases)('Journal paths: %s', (_kind, place) => {
  test('a frequent path gets a number, the same on all instances; paths without a number are stored, too', async () => {
    const database = await openTestDatabase(await place());
    const { history: elsewhere } = rememberer(database);
    const it = rememberer(database);
    const change = async (n: number) => {
      it.change('d', { vlc: { time: n, item: `clip-${n}` }, at: new Date(it.clock.now() - 250).toISOString() });
      await it.clock.advance(1000);
      await it.journal.written();
    };
    const patches = async () =>
      (await database.db.selectFrom('changes').select(['kind', 'patch']).orderBy('version').execute()).slice(1);
    for (let n = 0; n <= 20; n++) await change(n);
    const learnt = await database.db.selectFrom('change_paths').select('path').orderBy('path').execute();
    expect(learnt.map(({ path }) => path)).toEqual(['/state/at', '/state/vlc/item', '/state/vlc/time']);
    expect((await patches()).at(0)?.patch).toContain('/state/vlc/item');
    expect((await patches()).at(-1)?.patch).not.toContain('/state');

    // Another process, which has the same numbers from the start; and one that loaded them before they were learnt.
    await elsewhere.stateAt('d', it.clock.now());
    await it.restart();
    for (let n = 21; n <= 23; n++) await change(n);
    expect((await patches()).slice(-2).map(({ patch }) => patch)).toEqual([
      expect.stringMatching(/^\[(-?\d+,(\d+|"clip-22"|-250),?){3}\]$/),
      expect.stringMatching(/^\[(-?\d+,(\d+|"clip-23"|-250),?){3}\]$/),
    ]);
    for (const { deviceId, at, truth } of it.told) {
      for (const history of [it.history, elsewhere]) {
        expect((await history.stateAt(deviceId, at))?.document).toEqual(plain(truth?.document));
      }
    }
  });

  test('instances that learn paths concurrently agree', async () => {
    const database = await openTestDatabase(await place());
    const both = [rememberer(database), rememberer(database)];
    for (const [i, it] of both.entries()) {
      for (let n = 0; n < 40; n++) it.change(`d-${i}`, { a: n, b: n, [`own-${i}`]: n });
    }
    // Some are learnt by one, some by the other, and those that both tried to learn at once perhaps only now.
    await Promise.all(both.map(({ journal }) => journal.written()));
    for (const [i, it] of both.entries()) {
      await it.clock.advance(1000);
      for (let n = 40; n < 80; n++) it.change(`d-${i}`, { a: n, b: n, [`own-${i}`]: n });
    }
    await Promise.all(both.map(({ journal }) => journal.written()));
    const rows = await database.db.selectFrom('change_paths').selectAll().execute();
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows.map(({ path }) => path)).toContain('/state/a');
    for (const [i, it] of both.entries()) {
      const { changes } = await it.history.changes({ deviceId: `d-${i}`, limit: 1000 });
      let document: unknown;
      for (const [n, change] of changes.entries()) {
        if ('document' in change) document = JSON.parse(change.document);
        else if ('patch' in change) document = jsonPatch.applyPatch(document, JSON.parse(change.patch)).newDocument;
        expect(document).toEqual(plain(it.told[n]?.truth?.document));
      }
      expect(changes).toHaveLength(80);
    }
  });

  test('a device that invents paths cannot exceed the limit, and every path is still stored', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    // So few at a time that a patch contains each of them.
    const groups = Array.from({ length: 3 }, (_, g) => Array.from({ length: 830 }, (_, i) => `key-${g}-${i}`));
    let state: Record<string, number> = {};
    const change = (n: number) => {
      state = { ...state, ...Object.fromEntries((groups[n % 3] as string[]).map((key) => [key, n])) };
      it.change('d', state);
    };
    for (let n = 0; n < 54; n++) change(n);
    await it.journal.written();
    for (let n = 54; n < 60; n++) change(n);
    const past = await it.history.stateAt('d', it.clock.now());
    expect(past?.document.state).toEqual(state);
    const { count } = await database.db
      .selectFrom('change_paths')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(2000);
  });

  test('H1 history written by an earlier version reads the same, continues, and is pruned', async () => {
    const at = await place();
    const start = Date.UTC(2026, 0, 1);
    const told: { at: number; version: number; document: DeviceDocument }[] = [];
    const changes: object[] = [];
    const keyframes: object[] = [];
    let before: DeviceDocument | undefined;
    for (let version = 1; version <= 120; version++) {
      const moment = start + version * 1000;
      const after: DeviceDocument = {
        ...(before ?? newDocument('d', start, 1000)),
        state: { n: version, seenAt: new Date(moment).toISOString(), 'a/b~c ü': [version % 3] },
      };
      const row = { device_id: 'd', version, at: moment };
      const patch = before && version !== 50 ? JSON.stringify(diff(before, after)) : null;
      changes.push({ ...row, kind: patch ? 'patch' : 'document', patch });
      if (!patch || version === 100) keyframes.push({ ...row, document: JSON.stringify(after) });
      told.push({ at: moment, version, document: after });
      before = after;
    }
    changes.push({ device_id: 'd', version: 121, at: start + 121_000, kind: 'deleted', patch: null });
    await makeOlderDatabase(at, '0007-command-durations', async (db) => {
      await db.insertInto('changes').values(changes).execute();
      await db.insertInto('keyframes').values(keyframes).execute();
    });

    const database = await openTestDatabase(at);
    const history = createHistory({ db: database.db, journal: { written: async () => {} }, log });
    const expectExact = async (from: number) => {
      for (const { at, version, document } of told.slice(from - 1)) {
        expect(await history.stateAt('d', at)).toEqual({ version, since: at, document });
        expect(await history.stateAt('d', at + 999)).toEqual({ version, since: at, document });
      }
      expect(await history.stateAt('d', start + 121_000)).toBeUndefined();
    };
    await expectExact(1);
    const page = await history.changes({ deviceId: 'd', from: start + 2000, to: start + 51_000, limit: 1000 });
    expect(page.changes.map(({ version }) => version)).toEqual(Array.from({ length: 49 }, (_, i) => i + 2));
    const rows = changes as { version: number; patch: string | null }[];
    for (const change of page.changes.filter((change) => 'patch' in change)) {
      expect(change.patch).toBe(rows[change.version - 1]?.patch);
    }

    const it = rememberer(database);
    for (let n = 0; n < 30; n++) it.change('d', { n }, n === 0 ? 5000 : 0);
    expect((await it.history.stateAt('d', it.clock.now()))?.document.state).toEqual({ n: 29 });
    expect((await it.history.changes({ deviceId: 'd', limit: 1000 })).changes).toHaveLength(151);
    expect(await pruneJournal(database, start + 60_000, noPause)).toBe(49);
    await expectExact(60);
    expect(await history.stateAt('d', start + 49_000)).toBeUndefined();
  });
});

describe.each(databases)('Pruning: %s', (_kind, place) => {
  test('H7 a pruning round with nothing old runs one query, however many devices there are; otherwise it touches only those with old rows', async () => {
    const database = await openTestDatabase(await place());
    const it = rememberer(database);
    for (let n = 0; n < 300; n++) it.change(`d-${n}`, { n });
    await it.journal.written();
    await it.clock.advance(1000);
    let questions = 0;
    let writes = 0;
    const counted = {
      ...database,
      db: database.db.withPlugin({
        transformQuery: ({ node }) => {
          questions++;
          return node;
        },
        transformResult: async ({ result }) => result,
      }),
      write: (group: Parameters<typeof database.write>[0]) => {
        writes++;
        return database.write(group);
      },
    };
    const horizon = it.clock.now();
    expect(await pruneJournal(counted, horizon, noPause)).toBe(0);
    expect({ questions, writes }).toEqual({ questions: 1, writes: 0 });

    // These start again, so their old rows are no longer needed.
    await it.restart();
    for (const n of [7, 8, 9]) it.change(`d-${n}`, { n, again: true });
    it.remove('d-10');
    await it.journal.written();
    expect(await pruneJournal(counted, horizon, noPause)).toBe(5);
    expect(writes).toBe(2);
    const left = await database.db.selectFrom('keyframes').select('device_id').distinct().execute();
    expect(left).toHaveLength(299);
  });
});
