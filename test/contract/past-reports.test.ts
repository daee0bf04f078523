import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/adapters/database/database.ts';
import { createPastReports } from '../../src/adapters/database/past-reports.ts';
import { DAY_MS } from '../../src/adapters/database/statistics/days.ts';
import { writingOf } from '../../src/adapters/database/statistics/period-writer.ts';
import { rollUpStep } from '../../src/adapters/database/statistics/roll-up.ts';
import { createStatistics } from '../../src/adapters/database/statistics/statistics.ts';
import { createLogger } from '../../src/log.ts';
import type { Boundaries } from '../../src/ports/periods.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const MINUTE = 60_000;
/** Midnight. */
const T0 = Date.UTC(2026, 2, 1);
const at = (minutes: number) => T0 + minutes * MINUTE;
const NOW = T0 + 2 * DAY_MS;

const connection = (minute: number, status: string) => ({
  connection: { at: at(minute), row: { status, reason: null, node: null, group: 'lobby' } },
});
const onAir = (minute: number, status: string, why: string): Boundaries => ({
  onAir: { at: at(minute), row: { status, why, group: 'lobby' } },
});
const played = (from: number, to: number, item: string) => ({
  from: at(from),
  to: at(to),
  status: 'yes' as const,
  why: 'playing',
  item,
  playlist: 'Day',
});

const command = {
  command_id: 'c1',
  device_id: 'd2',
  group_name: 'lobby',
  command: 'vlc:play',
  status: 'success',
  requested_by: 'ana',
  requested_at: at(30),
  ended_at: at(30),
  duration_ms: 100,
  record: '{}',
};

describe.each(databases)('Past reports: %s', (_kind, place) => {
  /** Online for an hour, away for an hour, and online again; rolled up. */
  async function anHourAway({ backAt = 120, rolledUpTo = NOW } = {}) {
    const database = await openTestDatabase(await place());
    const known = { id: 'd1', version: 1, record: '{}' };
    await database.write([database.db.insertInto('devices').values(known)]);
    const told: Boundaries[] = [
      { ...connection(0, 'online'), ...onAir(0, 'yes', 'playing') },
      { playback: { at: at(0), row: { item: 'a.mp4', playlist: 'Day', group: 'lobby' } } },
      { ...connection(60, 'offline'), ...onAir(60, 'unknown', 'not connected') },
      { playback: { at: at(60), row: null } },
      { ...connection(backAt, 'online'), ...onAir(backAt, 'unknown', 'no report') },
    ];
    const tell = async (deviceId: string, all: Boundaries[]) => {
      for (const it of all) {
        const boundaries = Object.fromEntries(Object.entries(it).map(([kind, boundary]) => [kind, [boundary]]));
        await database.write(writingOf(database.db, [{ deviceId, boundaries }], NOW));
      }
    };
    await tell('d1', told);
    const rollUp = async (now = NOW) => {
      while (await rollUpStep(database, now));
    };
    await rollUp(rolledUpTo);
    const statistics = createStatistics(database.db, log);
    const past = createPastReports(database, log);
    const periods = async (kind: 'onAir' | 'playback') =>
      (await statistics.periodsOf({ deviceId: 'd1', kind, from: T0, to: NOW, limit: 100 })).map((it) => [
        (it.from - T0) / MINUTE,
        it.to && (it.to - T0) / MINUTE,
        it.status ?? it.item,
      ]);
    const sums = async () => {
      await rollUp();
      return (await statistics.summarize({ from: T0, to: at(120), limit: 9 })).total;
    };
    return { database, tell, rollUp, past, periods, sums };
  }

  /** All daily sums. */
  const days = async ({ db }: Database) => [
    await db.selectFrom('connection_days').selectAll().orderBy('device_id').orderBy('day').execute(),
    await db.selectFrom('playback_days').selectAll().orderBy('device_id').orderBy('day').orderBy('item').execute(),
    await db.selectFrom('command_days').selectAll().orderBy('device_id').orderBy('day').execute(),
  ];

  test('T9 what played without a connection is counted, and what was known does not change', async () => {
    const { past, periods, sums } = await anHourAway();
    expect((await sums()).onAir).toMatchObject({ yesMs: 60 * MINUTE, unknownMs: 60 * MINUTE });
    const evidence = [
      // From before the connection was lost.
      played(50, 70, 'b.mp4'),
      played(80, 90, 'c.mp4'),
      { ...played(90, 95, ''), status: 'no' as const, why: 'paused' },
      // Until after it was back.
      played(110, 119.9, 'd.mp4'),
    ];
    for (let again = 0; again < 2; again++) {
      await past.add('d1', [], evidence);
      expect(await periods('onAir')).toEqual([
        [0, 60, 'yes'],
        [60, 70, 'yes'],
        [70, 80, 'unknown'],
        [80, 90, 'yes'],
        [90, 95, 'no'],
        [95, 110, 'unknown'],
        [110, 119.9, 'yes'],
        [119.9, 120, 'unknown'],
        [120, null, 'unknown'],
      ]);
    }
    expect(await periods('playback')).toEqual([
      [0, 60, 'a.mp4'],
      [60, 70, 'b.mp4'],
      [80, 90, 'c.mp4'],
      [110, 119.9, 'd.mp4'],
    ]);
    const { onAir, playback, uptime } = await sums();
    expect(onAir).toMatchObject({ yesMs: 89.9 * MINUTE, noMs: 5 * MINUTE });
    expect(playback.map(({ item, ms }) => [item, ms / MINUTE])).toEqual([
      ['a.mp4', 60],
      ['b.mp4', 10],
      ['c.mp4', 10],
      ['d.mp4', 9.9],
    ]);
    // It had no connection, whatever it did.
    expect(uptime).toMatchObject({ onlineMs: 60 * MINUTE, offlineMs: 60 * MINUTE });
  });

  test('H13 states are stored once, listed by their time, and must be sent again while the gap has not ended', async () => {
    const { past, periods } = await anHourAway();
    const report = (from: number, item: string) => ({
      measuredAt: at(from) + 7,
      from: at(from),
      to: at(from + 10),
      receivedAt: at(121),
      state: JSON.stringify({ item }),
    });
    const reports = [report(80, 'c'), report(70, 'b')];
    await past.add('d1', reports, []);
    await past.add('d1', [...reports, report(100, 'd')], []);
    const list = async (from: number, to: number) =>
      (await past.list({ deviceId: 'd1', from: at(from), to: at(to), limit: 2 })).map(({ state }) => state);
    expect(await list(0, 200)).toEqual(['{"item":"b"}', '{"item":"c"}']);
    expect(await list(85, 86)).toEqual(['{"item":"c"}']);
    expect(await list(112, 113)).toEqual([]);
    await expect(past.add('d1', [], [played(115, 125, 'e')])).rejects.toMatchObject({ code: 'unavailable' });
    expect((await periods('onAir')).at(-1)).toEqual([120, null, 'unknown']);
  });
  test('H13 a state that went on after the response was lost has its last end, also if it is sent twice at once', async () => {
    const { past } = await anHourAway();
    const until = (minute: number) => {
      const state = JSON.stringify({ item: 'b' });
      return { measuredAt: at(70), from: at(70), to: at(minute), receivedAt: at(121), state };
    };
    const ends = async () =>
      (await past.list({ deviceId: 'd1', from: T0, to: NOW, limit: 9 })).map(({ to }) => (to - T0) / MINUTE);
    await past.add('d1', [until(80)], []);
    await past.add('d1', [until(100), until(90)], []);
    expect(await ends()).toEqual([100]);
    await past.add('d1', [until(80)], []);
    expect(await ends()).toEqual([100]);
  });

  test('T3, T9 two uploads at once leave no overlap, and nothing of either is lost', async () => {
    const { past, periods } = await anHourAway();
    await Promise.all([past.add('d1', [], [played(70, 90, 'b')]), past.add('d1', [], [played(80, 110, 'c')])]);
    const all = await periods('onAir');
    expect(all.map(([from]) => from)).toEqual([0, ...all.map(([, to]) => to).slice(0, -1)]);
    const known = all.filter(([, , status]) => status === 'yes').map(([from, to]) => Number(to) - Number(from));
    expect(known.reduce((sum, it) => sum + it)).toBe(60 + 40);
  });

  test('T9 a late report does not touch the sums of other devices, and of what is removed by now', async () => {
    const { database, tell, rollUp, past } = await anHourAway({ backAt: 24 * 60 + 30, rolledUpTo: T0 });
    const { db, write } = database;
    await write([db.insertInto('devices').values({ id: 'd2', version: 1, record: '{}' })]);
    await tell('d2', [{ ...connection(0, 'online'), ...onAir(0, 'yes', 'playing') }]);
    await write([db.insertInto('commands').values(command)]);
    await rollUp();
    expect(await days(database)).toHaveProperty('2.length', 2);
    const before = await days(database);
    // After months, the commands are gone (KEEP_COMMAND_DAYS), and so are some devices.
    await write([db.deleteFrom('commands'), db.deleteFrom('devices').where('id', '=', 'd2')]);
    await past.add('d1', [], [played(90, 100, 'b')]);
    await rollUp();
    const [connections = [], playback = [], commands] = await days(database);
    expect(commands).toEqual(before[2]);
    const known = { on_air_ms: 10 * MINUTE, unknown_ms: -10 * MINUTE };
    for (const [i, it] of before[0]?.entries() ?? []) {
      const row = { ...it } as Record<string, unknown>;
      const isChanged = row.day === '2026-03-01' && row.device_id !== 'd2';
      for (const [name, ms] of isChanged ? Object.entries(known) : []) row[name] = Number(row[name]) + ms;
      expect(connections[i]).toEqual(row);
    }
    expect(playback.length).toBe((before[1]?.length ?? 0) + 2);
  });

  test('T5, T9 the sums are those of a new count, across midnight and the end of what is summed up', async () => {
    const { database, rollUp, past } = await anHourAway({ backAt: 26 * 60, rolledUpTo: at(25 * 60) });
    const evidence = [
      played(600, 610, 'b'),
      { ...played(620, 630, ''), status: 'no' as const, why: 'paused' },
      played(20 * 60, 25.5 * 60, 'b'),
    ];
    await past.add('d1', [], evidence);
    await rollUp();
    const learned = await days(database);
    const tables = ['connection_days', 'playback_days', 'command_days', 'disconnection_days'] as const;
    await database.write([
      ...tables.map((it) => database.db.deleteFrom(it)),
      database.db.deleteFrom('meta').where('key', '=', 'statistics_until'),
    ]);
    await rollUp();
    expect(learned).toEqual(await days(database));
    expect(learned[1]).toHaveLength(6);
  });
});
