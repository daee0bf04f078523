import { type Kysely, sql } from 'kysely';

/** Indexes commands by their bulk request, and those with an unacknowledged result. */
export async function speedLookUps(db: Kysely<unknown>): Promise<void> {
  await sql`alter table commands add column batch text`.execute(db);
  await sql`alter table commands add column told integer not null default 1`.execute(db);
  await sql`create index commands_by_batch on commands (batch) where batch is not null`.execute(db);
  await sql`create index commands_untold on commands (ended_at) where told = 0`.execute(db);
  // A screenshot's two times are the same: the server's clock at its arrival.
  await sql`drop index snapshots_by_device_id_received_at`.execute(db);
  await sql`drop index snapshots_by_received_at`.execute(db);
  await sql`alter table snapshots drop column received_at`.execute(db);
  await sql`create index snapshots_by_device_id_id on snapshots (device_id, id)`.execute(db);
  await sql`create index snapshots_by_taken_at on snapshots (taken_at)`.execute(db);
}
