import { type Kysely, sql } from 'kysely';

/** Commands are found by the name of the request for many that they were part of, and those that nobody was told of. */
export async function speedLookUps(db: Kysely<unknown>): Promise<void> {
  await sql`alter table commands add column batch text`.execute(db);
  await sql`alter table commands add column told integer not null default 1`.execute(db);
  await sql`create index commands_by_batch on commands (batch) where batch is not null`.execute(db);
  await sql`create index commands_untold on commands (ended_at) where told = 0`.execute(db);
  // A picture is taken when it arrives: the server's clock tells both.
  await sql`drop index snapshots_by_device_id_received_at`.execute(db);
  await sql`drop index snapshots_by_received_at`.execute(db);
  await sql`alter table snapshots drop column received_at`.execute(db);
  await sql`create index snapshots_by_device_id_id on snapshots (device_id, id)`.execute(db);
  await sql`create index snapshots_by_taken_at on snapshots (taken_at)`.execute(db);
}
