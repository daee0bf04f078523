import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { PastReports } from '../../ports/past-reports.ts';
import { orUnavailable, VigiaError } from '../../protocol/errors.ts';
import { chunksOf, type Database } from './database.ts';
import { learning, unknownPeriods } from './statistics/past-evidence.ts';

const ROWS_A_STATEMENT = 50;

export function createPastReports(
  { db, write }: Pick<Database, 'db' | 'write'>,
  clock: Pick<Clock, 'wall'>,
  log: Pick<Logger, 'error'>,
): PastReports {
  const tried = <T>(work: () => Promise<T>) =>
    orUnavailable(work, 'The database cannot be used at the moment.', (error) =>
      log.error({ err: error }, 'past reports cannot be stored or read'),
    );

  /** False while the time without a connection has not ended. */
  async function learn(deviceId: string, evidence: Parameters<PastReports['add']>[2]): Promise<boolean> {
    const [first] = evidence;
    if (!first) return true;
    const to = Math.max(...evidence.map((it) => it.to));
    const { ended, isOpen } = await unknownPeriods(db, deviceId, first.from, to);
    if (isOpen) return false;
    await write(learning(db, ended, evidence, clock.wall()));
    return true;
  }

  return {
    async add(deviceId, reports, evidence) {
      const isRecorded = await tried(async () => {
        const rows = reports.map(({ measuredAt, from, to, receivedAt, state }) => ({
          device_id: deviceId,
          measured_at: measuredAt,
          from_at: from,
          to_at: to,
          received_at: receivedAt,
          state,
        }));
        await write(
          [...chunksOf(rows, ROWS_A_STATEMENT)].map((chunk) =>
            db
              .insertInto('past_reports')
              .values(chunk)
              .onConflict((it) => it.columns(['device_id', 'measured_at']).doNothing()),
          ),
        );
        return learn(
          deviceId,
          [...evidence].sort((a, b) => a.from - b.from),
        );
      });
      if (!isRecorded)
        throw new VigiaError('unavailable', 'The device has just come back: send them again in a moment.');
    },
    list: ({ deviceId, from, to, limit }) =>
      tried(async () => {
        const rows = await db
          .selectFrom('past_reports')
          .selectAll()
          .where('device_id', '=', deviceId)
          .where('from_at', '<', to)
          .where('to_at', '>=', from)
          .orderBy('from_at')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          measuredAt: Number(row.measured_at),
          from: Number(row.from_at),
          to: Number(row.to_at),
          receivedAt: Number(row.received_at),
          state: row.state,
        }));
      }),
  };
}
