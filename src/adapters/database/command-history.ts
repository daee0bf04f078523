import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { CommandHistory } from '../../ports/command-history.ts';
import { orUnavailable } from '../../protocol/errors.ts';
import type { Database } from './database.ts';

export function createCommandHistory(
  database: Pick<Database, 'db' | 'kind'>,
  log: Pick<Logger, 'warn'>,
): CommandHistory {
  const { db } = database;
  // Compares ids bytewise, regardless of the database's locale.
  const id = database.kind === 'postgres' ? sql<string>`command_id collate "C"` : sql<string>`command_id`;
  return {
    async ofDevice(deviceId, { before, limit }) {
      let query = db
        .selectFrom('commands')
        .select('record')
        .where('device_id', '=', deviceId)
        .orderBy('requested_at', 'desc')
        .orderBy(id, 'desc')
        .limit(limit);
      if (before) {
        query = query
          .where('requested_at', '<=', before.at)
          .where(sql<boolean>`(requested_at, ${id}) < (${before.at}, ${before.id})`);
      }
      return orUnavailable(
        async () => (await query.execute()).map(({ record }) => JSON.parse(record).record),
        'The commands cannot be read now. No data is lost.',
        (error) => log.warn({ err: error }, 'cannot read the commands'),
      );
    },
  };
}
