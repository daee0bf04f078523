import { sql } from 'kysely';
import type { Db } from '../schema.ts';

/**
 * The ids of devices with history, in their order, after this one. Looks up one id after the other by the primary key:
 * a device has thousands of keyframes, and `distinct` would read them all.
 */
export async function idsAfter(db: Db, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive ids (id, place) as (
      select min(device_id), 1 from keyframes where device_id > ${after}
      union all
      select (select min(device_id) from keyframes where device_id > ids.id), place + 1
      from ids where id is not null and place < ${sql.lit(limit)}
    )
    select id from ids where id is not null order by place`.execute(db);
  return rows.map(({ id }) => id);
}
