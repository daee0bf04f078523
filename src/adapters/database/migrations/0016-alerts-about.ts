import { type Kysely, sql } from 'kysely';

/** The alerts of one device are listed without reading all others. */
export async function indexAlertsByAbout(db: Kysely<unknown>, isPostgres: boolean): Promise<void> {
  await db.schema.alterTable('alerts').addColumn('about', 'text').execute();
  const about = isPostgres ? sql`record::json -> 'alert' ->> 'about'` : sql`json_extract(record, '$.alert.about')`;
  await sql`update alerts set about = ${about}`.execute(db);
  await db.schema.createIndex('alerts_by_about').on('alerts').columns(['about', 'id']).execute();
}
