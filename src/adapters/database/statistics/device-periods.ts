import type { Logger } from 'pino';
import type { DevicePeriods, Period } from '../../../ports/statistics.ts';
import { orUnavailable } from '../../../protocol/errors.ts';
import type { Db } from '../schema.ts';
import { periodTables } from './period-writer.ts';

/** The periods of one device, found by the primary key. */
export function createDevicePeriods(db: Db, log: Pick<Logger, 'error'>): DevicePeriods {
  return ({ deviceId, kind, from, to, limit }) =>
    orUnavailable(
      async () => {
        const rows = await db
          .selectFrom(periodTables[kind])
          .selectAll()
          .where('device_id', '=', deviceId)
          .where('from_at', '<', to)
          .where((it) => it.or([it('to_at', '>', from), it('to_at', 'is', null)]))
          .orderBy('from_at', 'desc')
          .limit(limit)
          .execute();
        return rows.reverse().map(periodOf);
      },
      'The database cannot be read at the moment.',
      (error) => log.error({ err: error }, 'cannot read periods'),
    );
}

/** Works for every kind. `''` means that the player did not report it. */
function periodOf(row: object): Period {
  const { from_at, to_at, group_name, status, reason, why, item, playlist } = row as Record<string, string | null>;
  const given = { group: group_name, status, reason, why, item, playlist };
  const fields = Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { from: Number(from_at), to: to_at === null ? null : Number(to_at), ...Object.fromEntries(fields) };
}
