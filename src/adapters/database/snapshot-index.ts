import type { SnapshotIndex, SnapshotRow, SnapshotSource } from '../../ports/snapshot-index.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/**
 * The `snapshots` table. Ids are ASCII and compared bytewise in both databases, so their order is the order of time.
 */
export function createSnapshotIndex({ db, write }: Pick<Database, 'db' | 'write'>): SnapshotIndex {
  return {
    async add(row) {
      await write([
        db
          .insertInto('snapshots')
          .values(toTable(row))
          .onConflict((conflict) => conflict.column('id').doNothing()),
      ]);
    },
    async get(id) {
      const found = await db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst();
      return found && fromTable(found);
    },
    async list(deviceId, { limit, before }) {
      let query = db.selectFrom('snapshots').selectAll().where('device_id', '=', deviceId);
      if (before !== undefined) query = query.where('id', '<', before);
      const found = await query.orderBy('id', 'desc').limit(limit).execute();
      return found.map(fromTable);
    },
    async remove(ids) {
      if (ids.length > 0) await write([db.deleteFrom('snapshots').where('id', 'in', ids)]);
    },
    async beyond(deviceId, keep, limit) {
      const found = await db
        .selectFrom('snapshots')
        .select('id')
        .where('device_id', '=', deviceId)
        .orderBy('id', 'desc')
        .limit(limit)
        .offset(keep)
        .execute();
      return found.map(({ id }) => id);
    },
    async olderThan(takenAt, limit) {
      const found = await db
        .selectFrom('snapshots as old')
        .select('old.id')
        .where('old.taken_at', '<', takenAt)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('snapshots as newer')
              .select('newer.id')
              .whereRef('newer.device_id', '=', 'old.device_id')
              .whereRef('newer.id', '>', 'old.id'),
          ),
        )
        .limit(limit)
        .execute();
      return found.map(({ id }) => id);
    },
    async known(ids) {
      if (ids.length === 0) return new Set();
      const found = await db.selectFrom('snapshots').select('id').where('id', 'in', ids).execute();
      return new Set(found.map(({ id }) => id));
    },
    async page(after, limit) {
      const found = await db
        .selectFrom('snapshots')
        .select(['id', 'device_id'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute();
      return found.map(({ id, device_id }) => ({ id, deviceId: device_id }));
    },
  };
}

type Table = Schema['snapshots'];

function toTable(row: SnapshotRow): Table {
  const { id, bytes, width, height, hash, source } = row;
  const [black, same_as_before] = [row.black ? 1 : 0, row.sameAsBefore ? 1 : 0];
  const { deviceId: device_id, takenAt: taken_at } = row;
  return { id, device_id, taken_at, bytes, width, height, hash, black, same_as_before, source };
}

function fromTable(row: Table): SnapshotRow {
  const { id, bytes, width, height, hash } = row;
  const [black, sameAsBefore] = [row.black === 1, row.same_as_before === 1];
  const source = row.source as SnapshotSource;
  return {
    id,
    deviceId: row.device_id,
    takenAt: row.taken_at,
    bytes,
    width,
    height,
    hash,
    black,
    sameAsBefore,
    source,
  };
}
