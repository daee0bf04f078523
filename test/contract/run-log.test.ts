import { describe, expect, test } from 'vitest';
import { createRunLog } from '../../src/adapters/database/run-log.ts';
import { createLogger } from '../../src/log.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });

describe.each(databases)('RunLog: %s', (_kind, place) => {
  test('J7 lists the latest runs, their devices, and how their commands ended', async () => {
    const database = await openTestDatabase(await place());
    const { db } = database;
    const run = (schedule_id: string, at: number) => {
      const id = `${schedule_id}.${at}`;
      return { id, schedule_id, at, record: JSON.stringify({ id }) };
    };
    const command = (batch: string | null, device_id: string, status: string) => ({
      command_id: `${batch}:${device_id}`,
      device_id,
      batch,
      group_name: null,
      command: 'vlc:play',
      status,
      requested_by: 'a',
      requested_at: 1,
      ended_at: null,
      duration_ms: null,
      record: '{}',
    });
    await database.write([
      db.insertInto('schedules').values(['s1', 's2', 's3'].map((id) => ({ id, record: '{}' }))),
      db.insertInto('schedule_runs').values([run('s1', 9), run('s1', 10), run('s1', 8), run('s2', 1)]),
      db
        .insertInto('commands')
        .values([
          command('s1.9', 'a', 'success'),
          command('s1.9', 'b', 'sent'),
          command('s1.10', 'c', 'success'),
          command(null, 'd', 'success'),
        ]),
    ]);
    const runs = createRunLog(database, log);
    expect((await runs.list('s1', 2)).map(({ id }) => id)).toEqual(['s1.10', 's1.9']);
    const last = await runs.last(['s1', 's2', 's3', 'unknown']);
    expect([...last].sort().map(([id, it]) => [id, it.id])).toEqual([
      ['s1', 's1.10'],
      ['s2', 's2.1'],
    ]);
    expect(await runs.last([])).toEqual(new Map());
    expect(await runs.deviceIds('s1.9')).toEqual(new Set(['a', 'b']));
    expect(await runs.deviceIds('s2.1')).toEqual(new Set());
    expect(await runs.outcomes(['s1.9', 's2.1'])).toEqual(
      new Map([
        ['s1.9', { success: 1, pending: 1 }],
        ['s2.1', {}],
      ]),
    );
  });
});
