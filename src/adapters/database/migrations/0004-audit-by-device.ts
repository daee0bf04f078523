import { type Kysely, sql } from 'kysely';

/** What was done to one device is found without reading what was done to the others. */
export async function indexAuditByDevice(db: Kysely<unknown>): Promise<void> {
  await sql`create index audit_by_device on audit (device_id, id) where device_id is not null`.execute(db);
}
