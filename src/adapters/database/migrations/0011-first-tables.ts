import { type Kysely, sql } from 'kysely';
import { createStatisticsTables } from '../statistics/tables.ts';

const STATISTICS = [
  ...['connection_periods', 'on_air_periods', 'playback_periods'],
  ...['connection_days', 'command_days', 'playback_days'],
];

/**
 * Upgrades databases created before 24 November 2026, 14:00, when `0001-tables` was still changing. Their statistics
 * tables have another form, but are empty, since nothing wrote to them; the names of two indexes are reused.
 */
export async function replaceFirstTables(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables();
  const columnsOf = (name: string) => tables.find((it) => it.name === name)?.columns.map((it) => it.name) ?? [];
  if (!columnsOf('command_days').includes('timed')) {
    for (const name of STATISTICS) await sql`drop table ${sql.table(name)}`.execute(db);
    await createStatisticsTables(db);
  }
  if (columnsOf('change_paths').length > 0) return;
  for (const name of ['keyframes_by_at', 'changes_by_at']) await sql`drop index if exists ${sql.ref(name)}`.execute(db);
}
