import { describe, expect, test } from 'vitest';
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

describe.each(databases)('Past reports: %s', (_kind, place) => {
  /** Online for an hour, away for an hour, and online again; rolled up. */
  async function anHourAway() {
    const database = await openTestDatabase(await place());
    const known = { id: 'd1', version: 1, record: '{}' };
    await database.write([database.db.insertInto('devices').values(known)]);
    const told: Boundaries[] = [
      { ...connection(0, 'online'), ...onAir(0, 'yes', 'playing') },
      { playback: { at: at(0), row: { item: 'a.mp4', playlist: 'Day', group: 'lobby' } } },
      { ...connection(60, 'offline'), ...onAir(60, 'unknown', 'not connected') },
      { playback: { at: at(60), row: null } },
      { ...connection(120, 'online'), ...onAir(120, 'unknown', 'no report') },
    ];
    for (const it of told) {
      const boundaries = Object.fromEntries(Object.entries(it).map(([kind, boundary]) => [kind, [boundary]]));
      await database.write(writingOf(database.db, [{ deviceId: 'd1', boundaries }], NOW));
    }
    while (await rollUpStep(database, NOW));
    const statistics = createStatistics(database.db, log);
    const past = createPastReports(database, { wall: () => NOW }, log);
    const periods = async (kind: 'onAir' | 'playback') =>
      (await statistics.periodsOf({ deviceId: 'd1', kind, from: T0, to: NOW, limit: 100 })).map((it) => [
        (it.from - T0) / MINUTE,
        it.to && (it.to - T0) / MINUTE,
        it.status ?? it.item,
      ]);
    const sums = async () => {
      while (await rollUpStep(database, NOW));
      return (await statistics.summarize({ from: T0, to: at(120), limit: 9 })).total;
    };
    return { past, periods, sums };
  }

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
});
