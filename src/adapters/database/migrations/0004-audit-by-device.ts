import { type Kysely, sql } from 'kysely';

/** Finds the entries of one device without a full scan. */
export async function indexAuditByDevice(db: Kysely<unknown>): Promise<void> {
  await sql`create index audit_by_device on audit (device_id, id) where device_id is not null`.execute(db);
}
