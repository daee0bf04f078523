import { describe, expect, test } from 'vitest';
import { chunksOf } from '../../src/adapters/database/database.ts';
import { createRetention } from '../../src/adapters/database/retention.ts';
import { createLogger } from '../../src/log.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const DAY_MS = 24 * 3600_000;
const NOW = Date.UTC(2026, 2, 1, 12);
/** Without pauses. */
const clock = {
  now: () => NOW,
  wall: (at = NOW) => at,
  setTimeout: (fn: () => void) => setImmediate(fn),
  clearTimeout: () => {},
};
const keep = { keepJournalDays: 1, keepCommandDays: 2, keepAuditDays: 3, keepStatisticsDays: 4 };
const daysAgo = (days: number) => NOW - days * DAY_MS;
const dayAgo = (days: number) => new Date(daysAgo(days)).toISOString().slice(0, 10);

describe.each(databases)('Retention: %s', (_kind, place) => {
  test('H7 removes each kind of data at its age and nothing else; pending and running items stay', async () => {
    const database = await openTestDatabase(await place());
    const { db } = database;
    const ages = [0, 0.9, 1.9, 2.1, 2.9, 3.1, 3.9, 4.1, 400];
    const days = [3, 4, 5, 400];
    const command = (id: string, ended: number | null) => ({
      command_id: id,
      device_id: 'd',
      group_name: null,
      command: 'vlc:play',
      status: ended === null ? 'sent' : 'success',
      requested_by: 'a',
      requested_at: daysAgo(1000),
      ended_at: ended,
      duration_ms: 1,
      record: '{}',
    });
    const period = (days: number) => ({
      device_id: `d-${days}`,
      from_at: daysAgo(500),
      to_at: daysAgo(days) as number | null,
      group_name: '',
    });
    const open = { ...period(0), device_id: 'open', to_at: null };
    const entry = (days: number) => ({
      id: `a-${days}`,
      at: daysAgo(days),
      actor: 'a',
      kind: 'k',
      outcome: 'ok',
      details: '{}',
      device_id: null,
    });
    await database.write([
      db
        .insertInto('commands')
        .values([...ages.map((age) => command(`c-${age}`, daysAgo(age))), command('pending', null)]),
      db
        .insertInto('command_attempts')
        .values(
          [...ages.map((age) => `c-${age}`), 'pending'].map((id) => ({ command_id: id, attempt: 1, sent_at: 1 })),
        ),
      db.insertInto('audit').values(ages.map(entry)),
      db
        .insertInto('on_air_periods')
        .values([...ages.map(period), open].map((it) => ({ ...it, status: 'yes', why: '' }))),
      db
        .insertInto('playback_days')
        .values(
          days.map((age) => ({ device_id: 'd', day: dayAgo(age), group_name: '', item: 'i', playlist: 'p', ms: 1 })),
        ),
    ]);

    const removed = await createRetention({ database, clock, log, keep }).run();
    expect(removed).toMatchObject({ commands: 12, audit: 4, on_air_periods: 2, playback_days: 2 });
    const left = async (table: 'commands' | 'command_attempts') =>
      (await db.selectFrom(table).select('command_id').orderBy('command_id').execute()).map((it) => it.command_id);
    expect(await left('commands')).toEqual(['c-0', 'c-0.9', 'c-1.9', 'pending']);
    expect(await left('command_attempts')).toEqual(['c-0', 'c-0.9', 'c-1.9', 'pending']);
    const audit = await db.selectFrom('audit').select('id').orderBy('id').execute();
    expect(audit.map(({ id }) => id)).toEqual(['a-0', 'a-0.9', 'a-1.9', 'a-2.1', 'a-2.9']);
    const still = await db.selectFrom('on_air_periods').select('device_id').where('to_at', 'is', null).execute();
    expect(still).toEqual([{ device_id: 'open' }]);
    const lasting = await db.selectFrom('playback_days').select('day').orderBy('day').execute();
    expect(lasting.map(({ day }) => day)).toEqual([dayAgo(4), dayAgo(3)]);
  });

  test('N9 the devices of an ended rollout are removed with it, and those orphaned by a crash after a day', async () => {
    const database = await openTestDatabase(await place());
    const { db } = database;
    const idOf = (days: number, name: string) => `ro-${daysAgo(days).toString(36).padStart(9, '0')}${name}`;
    const [open, kept, old] = [idOf(30, 'open'), idOf(30, 'kept'), idOf(30, 'old')];
    const [orphan, begun] = [idOf(1.1, 'orphan'), idOf(0.1, 'begun')];
    const rollout = (id: string, ended_at: number | null) => ({ id, ended_at, epoch: 1, version: 1, record: '{}' });
    const target = (rollout_id: string) => ({
      command_id: `${rollout_id}:d`,
      rollout_id,
      position: 0,
      stage: 0,
      outcome: 'waiting',
      record: '{}',
    });
    await database.write([
      db.insertInto('rollouts').values([rollout(open, null), rollout(kept, daysAgo(1.9)), rollout(old, daysAgo(2.1))]),
      db.insertInto('rollout_targets').values([open, kept, old, orphan, begun].map(target)),
    ]);
    await createRetention({ database, clock, log, keep }).run();
    const rollouts = await db.selectFrom('rollouts').select('id').execute();
    expect(rollouts.map(({ id }) => id).sort()).toEqual([open, kept].sort());
    const targets = await db.selectFrom('rollout_targets').select('rollout_id').execute();
    expect(targets.map((it) => it.rollout_id).sort()).toEqual([open, kept, begun].sort());
  });

  test('J3, J7 commands of schedules are kept as long as their runs, because a resumed run looks up who was sent the command', async () => {
    const database = await openTestDatabase(await place());
    const { db } = database;
    const command = (batch: string | null, age: number) => ({
      command_id: `${batch}:${age}`,
      device_id: 'd',
      batch,
      group_name: null,
      command: 'vlc:play',
      status: 'success',
      requested_by: 'a',
      requested_at: daysAgo(age),
      ended_at: daysAgo(age),
      duration_ms: 1,
      record: '{}',
    });
    const ages = [1, 3, 7.9];
    const batches = ['sch-1.new', 'sch-1.old', 'bulk', null];
    const rows = batches.flatMap((batch) => ages.map((age) => command(batch, age)));
    const run = (id: string, age: number) => ({ id, schedule_id: 'sch-1', at: daysAgo(age), record: '{}' });
    await database.write([
      db.insertInto('commands').values(rows),
      db.insertInto('schedule_runs').values([run('sch-1.new', 7.95), run('sch-1.old', 8.05)]),
    ]);
    const left = async () =>
      (await db.selectFrom('commands').select('command_id').orderBy('command_id').execute()).map((it) => it.command_id);
    await createRetention({ database, clock, log, keep: { ...keep, keepCommandDays: 100 } }).run();
    expect(await left()).toHaveLength(12);
    await createRetention({ database, clock, log, keep }).run();
    expect(await left()).toEqual(['bulk:1', 'null:1', 'sch-1.new:1', 'sch-1.new:3', 'sch-1.new:7.9', 'sch-1.old:1']);
  });

  test('H7 one step removes at most 1,000 rows', async () => {
    const database = await openTestDatabase(await place());
    const records = Array.from({ length: 5_500 }, (_, i) => ({
      id: `a-${i}`,
      at: 1,
      actor: 'a',
      kind: 'k',
      outcome: 'ok',
      details: '{}',
      device_id: null,
    }));
    // Many per device and day.
    const played = Array.from({ length: 2_500 }, (_, i) => ({
      device_id: `d-${i % 5}`,
      day: dayAgo(5),
      group_name: '',
      item: `${i}`,
      playlist: '',
      ms: 1,
    }));
    for (const chunk of chunksOf(records)) await database.write([database.db.insertInto('audit').values(chunk)]);
    for (const chunk of chunksOf(played)) await database.write([database.db.insertInto('playback_days').values(chunk)]);
    const steps: number[] = [];
    const watched: typeof database = {
      ...database,
      async write(group) {
        const touched = await database.write(group);
        if (touched > 0) steps.push(touched);
        return touched;
      },
    };
    const removed = await createRetention({ database: watched, clock, log, keep }).run();
    expect(removed).toMatchObject({ audit: 5_500, playback_days: 2_500 });
    expect(steps).toEqual([1000, 1000, 1000, 1000, 1000, 500, 1000, 1000, 500]);
  });

  test('H7 a stop interrupts it between two steps', async () => {
    const database = await openTestDatabase(await place());
    const rows = Array.from({ length: 500 }, (_, i) => i);
    for (let n = 0; n < 6; n++) {
      await database.write([
        database.db.insertInto('audit').values(
          rows.map((i) => ({
            id: `a-${n}-${i}`,
            at: 1,
            actor: 'a',
            kind: 'k',
            outcome: 'ok',
            details: '{}',
            device_id: null,
          })),
        ),
      ]);
    }
    let steps = 0;
    const timers: (() => void)[] = [];
    const stepwise = { ...clock, setTimeout: (fn: () => void) => void timers.push(fn) };
    const retention = createRetention({
      database: {
        ...database,
        write: (group) =>
          database.write(group).then((rows) => {
            if (rows > 0) steps++;
            return rows;
          }),
      },
      clock: stepwise,
      log,
      keep,
    });
    retention.start();
    timers.shift()?.();
    await expect.poll(() => steps).toBe(1);
    await expect.poll(() => timers.length).toBe(1);
    const stopped = retention.stop();
    timers.shift()?.();
    await stopped;
    expect(steps).toBe(1);
    expect(timers).toEqual([]);
  });
});
