import { type Kysely, sql } from 'kysely';

/**
 * Patches name their paths by numbers (`change_paths`), and no index is kept that nothing needs: a moment is found by its
 * keyframe. Patches from before stay as they are, so an instance of the version before can go on until its own restart.
 */
export async function compactJournal(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run('create table change_paths (id integer not null primary key, path text not null unique)');
  await run('drop index changes_by_device_id_at');
  await run('drop index on_air_periods_from');
  await run('drop index playback_periods_from');
  // What is old enough to be removed.
  await run('create index keyframes_by_at on keyframes (at, device_id, version)');
  await run(`create index changes_deleted on changes (at) where kind = 'deleted'`);
}
