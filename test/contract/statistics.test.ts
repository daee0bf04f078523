import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { DAY_MS, dayStart } from '../../src/adapters/database/statistics/days.ts';
import { type DeviceBoundaries, writingOf } from '../../src/adapters/database/statistics/period-writer.ts';
import { openPeriods } from '../../src/adapters/database/statistics/periods.ts';
import { rollUpStep } from '../../src/adapters/database/statistics/roll-up.ts';
import { createStatistics, planOf } from '../../src/adapters/database/statistics/statistics.ts';
import type { StatisticsDatabase } from '../../src/adapters/database/statistics/until.ts';
import { createLogger } from '../../src/log.ts';
import type { Boundaries } from '../../src/ports/periods.ts';
import { WallTime } from '../../src/ports/wall-time.ts';
import { databases, openTestDatabase, type Place } from '../support/databases.ts';
import { endedCommand } from '../support/records.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const HOUR = 3600_000;
const MINUTE = 60_000;
/** Midnight. */
const T0 = Date.UTC(2026, 2, 1);

async function open(place: () => Promise<Place>) {
  const database = await openTestDatabase(await place());
  const tell = (deviceId: string, ...told: Boundaries[]) => write(database, deviceId, told);
  return { database, tell, statistics: createStatistics(database.db, log) };
}

async function write(database: StatisticsDatabase, deviceId: string, told: Boundaries[], now = T0 + 400 * DAY_MS) {
  const known = { id: deviceId, version: 1, record: '{}' };
  await database.write([
    database.db
      .insertInto('devices')
      .values(known)
      .onConflict((it) => it.column('id').doNothing()),
  ]);
  for (const it of told) {
    const boundaries = Object.fromEntries(Object.entries(it).map(([kind, boundary]) => [kind, [boundary]]));
    await database.write(writingOf(database.db, [{ deviceId, boundaries } as DeviceBoundaries], now));
  }
}

const connection = (at: number, status: string, reason: string | null = null, group = 'lobby'): Boundaries => ({
  connection: { at, row: { status, reason, node: status === 'online' ? 'n1' : null, group } },
});
const onAir = (at: number, status: string, why: string, group = 'lobby'): Boundaries => ({
  onAir: { at, row: { status, why, group } },
});
const playback = (at: number, item: string | null, playlist = 'Morning', group = 'lobby'): Boundaries => ({
  playback: { at, row: item === null ? null : { item, playlist, group } },
});

const command = (id: string, deviceId: string, at: number, status: string, durationMs: number | null) => ({
  command_id: id,
  device_id: deviceId,
  group_name: 'lobby',
  command: 'vlc:play',
  status,
  requested_by: 'ana',
  requested_at: at,
  ended_at: at,
  duration_ms: durationMs,
  record: '{}',
});

async function rollUp(database: StatisticsDatabase, now: number): Promise<number> {
  for (let steps = 1; ; steps++) if (!(await rollUpStep(database, now))) return steps;
}

describe.each(databases)('%s', (kind, place) => {
  /** Two days: online at 12:00; a loss from 20:00 to 20:30; a pause at 23:00; resumed from 01:00 to 06:00; then disconnected for good. */
  async function twoDays() {
    const it = await open(place);
    const at = (hours: number) => T0 + hours * HOUR;
    await it.tell(
      'd1',
      connection(at(12), 'online'),
      onAir(at(12), 'yes', 'playing'),
      playback(at(12), 'a.mp4'),
      playback(at(18), 'b.mp4'),
      onAir(at(20), 'unknown', 'not connected'),
      playback(at(20), null),
      connection(at(20), 'reconnecting', 'no_heartbeat'),
      connection(at(20) + 15_000, 'offline', 'no_heartbeat'),
      connection(at(20.5), 'online'),
      onAir(at(20.5), 'yes', 'playing'),
      playback(at(20.5), 'a.mp4'),
      onAir(at(23), 'no', 'paused'),
      playback(at(23), null),
      onAir(at(25), 'yes', 'playing'),
      playback(at(25), 'b.mp4', 'Night'),
      onAir(at(30), 'unknown', 'not connected'),
      playback(at(30), null),
      connection(at(30), 'reconnecting', 'left'),
      connection(at(30) + 15_000, 'offline', 'left'),
    );
    await it.database.write([
      it.database.db
        .insertInto('commands')
        .values([
          command('c1', 'd1', at(13), 'success', 100),
          command('c2', 'd1', at(13), 'success', 300),
          command('c3', 'd1', at(26), 'undelivered', null),
          command('c4', 'd1', at(26), 'timeout', 30_000),
        ]),
    ]);
    return { ...it, at };
  }

  const total = {
    devices: 1,
    uptime: { onlineMs: 17.5 * HOUR, reconnectingMs: 30_000, offlineMs: 18.5 * HOUR - 30_000, share: 0.4861 },
    disconnections: { count: 2, reasons: { no_heartbeat: 1, left: 1 } },
    onAir: { yesMs: 15.5 * HOUR, noMs: 2 * HOUR, unknownMs: 18.5 * HOUR, share: 0.4306 },
    commands: {
      count: 4,
      byStatus: { success: 2, undelivered: 1, timeout: 1 },
      meanMs: Math.round(30_400 / 3),
      // Of 100, 300 and 30,000 ms: the median is within 270 to 330.
      p50Ms: 270 + 60 / 2,
      p95Ms: 30_000,
      maxMs: 30_000,
    },
    playback: [
      { item: 'a.mp4', playlist: 'Morning', ms: 8.5 * HOUR },
      { item: 'b.mp4', playlist: 'Night', ms: 5 * HOUR },
      { item: 'b.mp4', playlist: 'Morning', ms: 2 * HOUR },
    ],
  };

  test.each([false, true])('T4 one device: its figures, also by day (rolled up before: %s)', async (isSummed) => {
    const { database, tell, statistics, at } = await twoDays();
    const query = { from: T0 + HOUR, to: at(48), limit: 100 };
    const alone = await statistics.summarize(query);
    await tell('d2', connection(at(2), 'online'), onAir(at(2), 'yes', 'playing'), playback(at(2), 'c.mp4'));
    await database.write([database.db.insertInto('commands').values([command('c9', 'd2', at(14), 'error', 900)])]);
    if (isSummed) await rollUp(database, at(49));
    expect(await statistics.summarize({ ...query, device: 'd1' })).toEqual(alone);
    expect((await statistics.summarize({ ...query, device: 'd1', group: 'canteen' })).total.devices).toBe(0);
    expect((await statistics.summarize(query)).total.devices).toBe(2);
  });

  test.each([false, true])(
    'T4, T5 two days whose sums are known by calculation (rolled up before: %s)',
    async (isSummed) => {
      const { database, statistics, at } = await twoDays();
      const query = { from: T0, to: at(48), limit: 100 };
      if (isSummed) expect(await rollUp(database, at(49))).toBeGreaterThan(47);
      const result = await statistics.summarize(query);
      expect(result.total).toEqual(total);
      expect(result.devices).toEqual([{ deviceId: 'd1', ...without(total, 'devices') }]);
      expect(result.groups).toEqual([{ group: 'lobby', ...without(total, 'playback') }]);
      expect(result.days).toMatchObject([
        {
          day: '2026-03-01',
          uptime: { onlineMs: 11.5 * HOUR, reconnectingMs: 15_000, offlineMs: 0.5 * HOUR - 15_000 },
          disconnections: { count: 1, reasons: { no_heartbeat: 1 } },
          onAir: { yesMs: 10.5 * HOUR, noMs: HOUR, unknownMs: 0.5 * HOUR },
          commands: { count: 2, byStatus: { success: 2 }, meanMs: 200, p50Ms: 100, p95Ms: 300, maxMs: 300 },
        },
        {
          day: '2026-03-02',
          uptime: { onlineMs: 6 * HOUR, reconnectingMs: 15_000, offlineMs: 18 * HOUR - 15_000 },
          onAir: { yesMs: 5 * HOUR, noMs: HOUR, unknownMs: 18 * HOUR },
          commands: {
            count: 2,
            byStatus: { undelivered: 1, timeout: 1 },
            meanMs: 30_000,
            p50Ms: 30_000,
            p95Ms: 30_000,
            maxMs: 30_000,
          },
        },
      ]);
      expect((await statistics.summarize({ ...query, group: 'roof' })).total).toMatchObject({ devices: 0 });
      expect((await statistics.summarize({ ...query, group: 'lobby' })).total).toEqual(total);
    },
  );

  test.each([false, true])(
    'T4 percentiles of many commands are accurate to a quarter (rolled up before: %s)',
    async (isSummed) => {
      const { database, statistics, tell } = await open(place);
      await tell('d1', connection(T0, 'online'));
      // From 1 ms to two minutes, out of order, over two days; the last ones were never sent.
      const took = Array.from({ length: 300 }, (_, i) => Math.round(1.04 ** ((i * 7) % 300)));
      const rows = [...took, null, null].map((ms, i) =>
        command(`c${i}`, 'd1', T0 + (i % 40) * HOUR, ms === null ? 'undelivered' : 'success', ms),
      );
      await database.write([database.db.insertInto('commands').values(rows)]);
      if (isSummed) await rollUp(database, T0 + 49 * HOUR);
      const { commands } = (await statistics.summarize({ from: T0, to: T0 + 48 * HOUR, limit: 1 })).total;
      const inOrder = took.sort((a, b) => a - b);
      for (const [told, place] of [
        [commands.p50Ms, 149],
        [commands.p95Ms, 284],
      ] as const) {
        const truth = inOrder[place] as number;
        expect(Math.abs((told ?? 0) - truth), `${told}, ${truth}`).toBeLessThan(truth / 4);
      }
      expect(commands).toMatchObject({ count: 302, maxMs: inOrder.at(-1) });
    },
  );

  test('T7 lists a device’s periods that overlap the range, oldest first; if there are too many, the newest ones', async () => {
    const { statistics, at } = await twoDays();
    const query = { deviceId: 'd1', kind: 'connection', from: at(20), to: at(48), limit: 10 } as const;
    expect(await statistics.periodsOf(query)).toEqual([
      { from: at(20), to: at(20) + 15_000, group: 'lobby', status: 'reconnecting', reason: 'no_heartbeat' },
      { from: at(20) + 15_000, to: at(20.5), group: 'lobby', status: 'offline', reason: 'no_heartbeat' },
      { from: at(20.5), to: at(30), group: 'lobby', status: 'online' },
      { from: at(30), to: at(30) + 15_000, group: 'lobby', status: 'reconnecting', reason: 'left' },
      { from: at(30) + 15_000, to: null, group: 'lobby', status: 'offline', reason: 'left' },
    ]);
    expect((await statistics.periodsOf({ ...query, limit: 2 })).map(({ from }) => from)).toEqual([
      at(30),
      at(30) + 15_000,
    ]);
    expect(await statistics.periodsOf({ ...query, kind: 'playback', from: at(18), to: at(20.6) })).toEqual([
      { from: at(18), to: at(20), group: 'lobby', item: 'b.mp4', playlist: 'Morning' },
      { from: at(20.5), to: at(23), group: 'lobby', item: 'a.mp4', playlist: 'Morning' },
    ]);
    expect(await statistics.periodsOf({ ...query, deviceId: 'd2' })).toEqual([]);
  });

  test('T5 rolling up twice or step by step gives the same sums; a day with later additions is recalculated', async () => {
    const { database, statistics, at } = await twoDays();
    const query = { from: T0, to: at(48), limit: 100 };
    for (let now = at(1); now < at(49); now += 97 * MINUTE) await rollUp(database, now);
    expect((await statistics.summarize(query)).total).toEqual(total);
    expect(await rollUp(database, at(49)), 'nothing more to do').toBeLessThanOrEqual(2);
    // After a crash: it was disconnected at 05:00 already.
    await write(database, 'd1', [
      connection(at(29), 'offline', 'server_restart'),
      onAir(at(29), 'unknown', 'not connected'),
    ]);
    await rollUp(database, at(49.5));
    const again = (await statistics.summarize(query)).total;
    expect(again.uptime.onlineMs).toBe(16.5 * HOUR);
    expect(again.uptime.onlineMs + again.uptime.reconnectingMs + again.uptime.offlineMs).toBe(36 * HOUR);
    expect(again.onAir.yesMs).toBe(14.5 * HOUR);
    expect(again.disconnections).toEqual({ count: 1, reasons: { no_heartbeat: 1 } });
  });

  test('T5 a command whose ending is written late is counted in the sums of its day, once', async () => {
    const { database, tell, statistics } = await open(place);
    const midnight = dayStart(Date.now() - 3 * DAY_MS);
    await tell('d', connection(midnight, 'online'));
    const store = await openStateStore(database, log);
    const end = async (id: string, hours: number, told = false) => {
      store.put('commands', id, { ...endedCommand(id, midnight + hours * HOUR), told });
      await store.committed();
    };
    const counted = async () => {
      await rollUp(database, midnight + 50 * HOUR);
      const { days } = await statistics.summarize({ from: midnight, to: midnight + 48 * HOUR, limit: 1 });
      return days.map(({ commands }) => commands.count);
    };
    await end('c1', 3);
    expect(await counted()).toEqual([1, 0]);
    await end('c2', 5);
    await end('c3', 30);
    expect(await rollUp(database, midnight + 50 * HOUR), 'from the first midnight on').toBeGreaterThan(48);
    expect(await counted()).toEqual([2, 1]);
    await end('c2', 5, true);
    expect(await rollUp(database, midnight + 50 * HOUR), 'who is told of it changes no sum').toBe(1);
    expect(await counted()).toEqual([2, 1]);
    await store.close();
  });

  test('T5 two processes that roll up at once count nothing twice', async () => {
    const { database, statistics, at } = await twoDays();
    await rollUpStep(database, at(49));
    for (let i = 0; i < 60; i++) await Promise.all([rollUpStep(database, at(49)), rollUpStep(database, at(49))]);
    expect((await statistics.summarize({ from: T0, to: at(48), limit: 1 })).total).toEqual(total);
  });

  test('T3 periods of one device that the database rejects are set aside, and block neither other devices nor later periods', async () => {
    const database = await openTestDatabase(await place());
    const clock = simulatedClock(T0 + HOUR);
    const periods = openPeriods({ database, clock, log });
    periods.add('bad', connection(T0, null as never));
    for (let n = 0; n < 300; n++) periods.add(`d${n}`, connection(T0 + n, 'online'));
    await clock.advance(1000);
    periods.add('bad', connection(T0 + 1, 'online'));
    await clock.advance(1000);
    await periods.close();
    const { online } = await database.db
      .selectFrom('connection_periods')
      .select(({ fn }) => fn.countAll<number>().as('online'))
      .where('status', '=', 'online')
      .executeTakeFirstOrThrow();
    expect(Number(online)).toBe(301);
    expect(periods.backlog).toBe(0);
  });

  test.each([false, true])(
    'T8 days of a time zone, of 23 to 25 hours, add up to the total (rolled up before: %s)',
    async (isSummed) => {
      const { database, tell, statistics } = await open(place);
      const zone = 'Europe/Madrid';
      const wallTime = new WallTime();
      const from = wallTime.momentOf(zone, Date.UTC(2026, 2, 28));
      const to = wallTime.momentOf(zone, Date.UTC(2026, 2, 31));
      await tell('a', connection(from - DAY_MS, 'online'), onAir(from + 90 * MINUTE, 'yes', 'playing'));
      await tell('a', connection(from + DAY_MS + 30 * MINUTE, 'reconnecting', 'network'));
      await tell('a', connection(from + DAY_MS + 40 * MINUTE, 'online'));
      await tell('b', connection(from + HOUR, 'online', null, 'hall'), onAir(from + HOUR, 'no', 'paused', 'hall'));
      await database.write([
        database.db.insertInto('commands').values([command('c1', 'a', to - MINUTE, 'success', 500)]),
      ]);
      if (isSummed) while (await rollUpStep(database, to + 10 * DAY_MS));
      const days = [...wallTime.days(zone, { from, to })];
      expect(days.map((it) => [it.day, (it.to - it.from) / HOUR])).toEqual([
        ['2026-03-28', 24],
        ['2026-03-29', 23],
        ['2026-03-30', 24],
      ]);
      const { total, days: found } = await statistics.summarize({ from, to, days, limit: 100 });
      expect(found.map((it) => it.day)).toEqual(days.map((it) => it.day));
      expect(found[1]).toMatchObject({
        uptime: { onlineMs: 2 * 23 * HOUR - 10 * MINUTE },
        disconnections: { count: 1 },
      });
      expect(found[2]?.commands).toMatchObject({ count: 1, byStatus: { success: 1 } });
      const sum = (of: (it: (typeof found)[number]) => number) => found.reduce((all, it) => all + of(it), 0);
      expect(sum((it) => it.uptime.onlineMs)).toBe(total.uptime.onlineMs);
      expect(sum((it) => it.onAir.yesMs)).toBe(total.onAir.yesMs);
      expect(sum((it) => it.onAir.noMs)).toBe(total.onAir.noMs);
      const hall = await statistics.summarize({ from, to, days, group: 'hall', limit: 100 });
      expect(hall.days[0]?.uptime.onlineMs).toBe(23 * HOUR);
      const one = await statistics.summarize({ from, to, days, device: 'a', limit: 100 });
      expect(one.days[0]?.onAir.yesMs).toBe(22.5 * HOUR);
    },
  );

  test('T8 days that are those of UTC have the stored sums, also of commands that have expired', async () => {
    const { database, tell, statistics } = await open(place);
    await tell('a', connection(T0, 'online'));
    await database.write([database.db.insertInto('commands').values([command('c1', 'a', T0 + HOUR, 'success', 500)])]);
    await rollUp(database, T0 + 3 * DAY_MS + HOUR);
    await database.write([database.db.deleteFrom('commands')]);
    const span = { from: T0, to: T0 + 3 * DAY_MS };
    const days = [...new WallTime().days('Africa/Abidjan', span)];
    const found = await statistics.summarize({ ...span, days, limit: 1 });
    expect(found.days.map((it) => [it.day, it.commands.count])).toEqual([
      ['2026-03-01', 1],
      ['2026-03-02', 0],
      ['2026-03-03', 0],
    ]);
    expect((await statistics.summarize({ ...span, days: [], limit: 1 })).days).toEqual([]);
  });

  test('T8 days are counted one after the other, for one request at a time; more than a few are refused', async () => {
    const { database, tell } = await open(place);
    await tell('a', connection(T0, 'online'));
    const running = new Set<unknown>();
    let most = 0;
    const db = database.db.withPlugin({
      transformQuery({ node, queryId }) {
        if (JSON.stringify(node).includes('a day of its own')) running.add(queryId);
        most = Math.max(most, running.size);
        return node;
      },
      async transformResult({ result, queryId }) {
        running.delete(queryId);
        return result;
      },
    });
    const statistics = createStatistics(db, log);
    const days = [0, 1].map((n) => ({ day: `a day of its own ${n}`, from: T0 + n * HOUR, to: T0 + (n + 1) * HOUR }));
    const query = { from: T0, to: T0 + 2 * HOUR, days, limit: 1 };
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => statistics.summarize(query)));
    expect(most).toBe(1);
    const refused = answers.filter((it) => it.status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['unavailable']));
    expect((await statistics.summarize(query)).days[1]?.uptime.onlineMs).toBe(HOUR);
  });

  test('T6 devices are returned in pages', async () => {
    const { tell, statistics } = await open(place);
    for (const id of ['d3', 'd1', 'd2']) await tell(id, connection(T0, 'online'));
    const query = { from: T0, to: T0 + HOUR, limit: 2 };
    const ids = async (after?: string) => {
      const { devices, more } = await statistics.summarize({ ...query, after });
      return [devices.map(({ deviceId }) => deviceId), more];
    };
    expect(await ids()).toEqual([['d1', 'd2'], true]);
    expect(await ids('d2')).toEqual([['d3'], false]);
  });

  test('T3, T5 property: periods are contiguous without gaps or overlaps; the sums are those of the periods', async () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 9 * HOUR }),
      status: fc.constantFrom('online', 'reconnecting', 'offline'),
      back: fc.boolean(),
    });
    const lives = fc.array(fc.array(step, { minLength: 1, maxLength: 10 }), { minLength: 8, maxLength: 8 });
    const end = T0 + 2 * DAY_MS + 7 * HOUR;
    await fc.assert(
      fc.asyncProperty(lives, fc.integer({ min: 0, max: 40 * HOUR }), async (lived, cut) => {
        const { database, tell, statistics } = await open(place);
        const told = lived.flatMap((steps, device) => {
          let at = T0;
          return steps.map(({ gap, status, back }) => {
            const from = back ? Math.max(T0, at - gap) : at + gap;
            at = Math.max(at, from);
            return { at, id: `d${device}`, boundary: connection(from, status, 'left', gap % 2 ? 'a' : 'b') };
          });
        });
        for (const device of lived.keys()) await tell(`d${device}`, connection(T0, 'offline', 'never_connected'));
        for (const { at, id, boundary } of told.sort((a, b) => a.at - b.at)) {
          await rollUpStep(database, at);
          await write(database, id, [boundary], at);
        }
        await rollUp(database, end + HOUR);

        const { devices } = await statistics.summarize({ from: T0 + cut, to: end, limit: 10 });
        for (const { deviceId, uptime, disconnections } of devices) {
          const periods = await database.db
            .selectFrom('connection_periods')
            .selectAll()
            .where('device_id', '=', deviceId)
            .orderBy('from_at')
            .execute();
          expect(periods[0]?.from_at).toBe(T0);
          for (const [i, it] of periods.entries()) expect(it.to_at).toBe(periods[i + 1]?.from_at ?? null);
          const sum = (status: string) =>
            periods
              .filter((it) => it.status === status)
              .map((it) => Math.min(it.to_at ?? end, end) - Math.max(it.from_at, T0 + cut))
              .reduce((a, b) => a + Math.max(0, b), 0);
          expect(uptime).toMatchObject({
            onlineMs: sum('online'),
            reconnectingMs: sum('reconnecting'),
            offlineMs: sum('offline'),
          });
          expect(uptime.onlineMs + uptime.reconnectingMs + uptime.offlineMs).toBe(end - T0 - cut);
          const begun = (it: { status: string; from_at: number }) =>
            it.status === 'reconnecting' && it.from_at >= T0 + cut && it.from_at < end;
          expect(disconnections.count).toBe(periods.filter(begun).length);
        }
      }),
      { numRuns: kind === 'sqlite' ? 3 : 1, endOnFailure: true },
    );
  });
});

function without<T extends object, K extends keyof T>(it: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = it;
  return rest;
}

test('T5 complete days are read from the roll-up, the rest is counted', () => {
  const until = T0 + 2 * DAY_MS + 5 * HOUR;
  const hours = (from: number, to: number) => ({ from: T0 + from * HOUR, to: T0 + to * HOUR });
  expect(planOf(hours(10, 60), until)).toEqual({ days: hours(24, 53), parts: [hours(10, 24), hours(53, 60)] });
  expect(planOf(hours(0, 50), until)).toEqual({ days: hours(0, 48), parts: [hours(48, 50)] });
  expect(planOf(hours(1, 30), until)).toEqual({ days: undefined, parts: [hours(1, 24), hours(24, 30)] });
  expect(planOf(hours(0, 30), undefined)).toEqual({ days: undefined, parts: [hours(0, 24), hours(24, 30)] });
});
