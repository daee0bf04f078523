import { type Kysely, sql } from 'kysely';

/**
 * Patches refer to paths by number (`change_paths`). Unused indexes are dropped: a time is found by its keyframe.
 * Existing patches stay unchanged, so an instance of the previous version can keep running during an upgrade.
 */
export async function compactJournal(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run('create table change_paths (id integer not null primary key, path text not null unique)');
  await run('drop index changes_by_device_id_at');
  await run('drop index on_air_periods_from');
  await run('drop index playback_periods_from');
  // Finds rows that are old enough to be removed.
  await run('create index keyframes_by_at on keyframes (at, device_id, version)');
  await run(`create index changes_deleted on changes (at) where kind = 'deleted'`);
}
