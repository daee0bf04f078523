import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createCommandHistory } from '../../src/adapters/database/command-history.ts';
import { createLogger } from '../../src/log.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
const START = Date.UTC(2026, 2, 1);

describe.each(databases)('CommandHistory: %s', (_kind, place) => {
  test('H9 lists commands newest first, page by page, each once; commands of the same millisecond are ordered by id, bytewise', async () => {
    const database = await openTestDatabase(await place());
    const ids = ['a', 'B', 'b', 'A', '_', '-', 'Z:1', 'z.1', '0', 'a-', 'aB', 'ab'];
    const commands = [0, 1].flatMap((ms) =>
      ids.map((id) => ({ commandId: `${id}${ms}`, deviceId: 'd', requestedAt: new Date(START + ms).toISOString() })),
    );
    await database.write([
      database.db.insertInto('commands').values(
        [...commands, { commandId: 'other', deviceId: 'e', requestedAt: new Date(START).toISOString() }].map(
          (record) => ({
            command_id: record.commandId,
            device_id: record.deviceId,
            group_name: null,
            command: 'vlc:play',
            status: 'success',
            requested_by: 'a',
            requested_at: Date.parse(record.requestedAt),
            ended_at: START,
            duration_ms: 1,
            record: JSON.stringify({ record }),
          }),
        ),
      ),
    ]);
    const history = createCommandHistory(database, log);
    const all: typeof commands = [];
    for (let more = true; more; ) {
      const last = all.at(-1);
      const before = last && { at: Date.parse(last.requestedAt), id: last.commandId };
      const page = (await history.ofDevice('d', { before, limit: 5 })) as unknown as typeof commands;
      all.push(...page);
      more = page.length === 5;
    }
    const key = (it: (typeof commands)[0]) => `${it.requestedAt} ${it.commandId}`;
    expect(all.map(key)).toEqual(commands.map(key).sort().reverse());
  });

  test('H9 reports that the database cannot be read', async () => {
    const database = await openTestDatabase(await place());
    await database.write([{ compile: () => sql`drop table commands`.compile(database.db) }]);
    const asked = createCommandHistory(database, log).ofDevice('d', { limit: 5 });
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  });
});
