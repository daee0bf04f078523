import type { Logger } from 'pino';
import type { PastReports } from '../../ports/past-reports.ts';
import { orUnavailable, VigiaError } from '../../protocol/errors.ts';
import { chunksOf, type Database } from './database.ts';
import { learning, unknownPeriods } from './statistics/past-evidence.ts';

const ROWS_A_STATEMENT = 50;
/** Another upload of this device may change the same periods; whatever it left is taken in by the next try. */
const MAX_TRIES = 5;

export function createPastReports(
  { db, write }: Pick<Database, 'db' | 'write'>,
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
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { ended, isOpen } = await unknownPeriods(db, deviceId, first.from, to);
      if (isOpen) return false;
      const statements = [...learning(db, ended, evidence)];
      if (statements.length === 0) return true;
      await write(statements);
    }
    return false;
  }

  return {
    async add(deviceId, reports, evidence) {
      const isRecorded = await tried(async () => {
        // The same twice in one statement would be refused.
        const last = new Map([...reports].sort((a, b) => a.to - b.to).map((it) => [it.measuredAt, it]));
        const rows = [...last.values()].map(({ measuredAt, from, to, receivedAt, state }) => ({
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
              // A state that went on after the response to its first upload was lost is sent again with its new end.
              .onConflict((it) =>
                it
                  .columns(['device_id', 'measured_at'])
                  .doUpdateSet(({ ref }) => ({ to_at: ref('excluded.to_at') }))
                  .whereRef('excluded.to_at', '>', 'past_reports.to_at'),
              ),
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
