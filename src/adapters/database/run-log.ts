import type { Logger } from 'pino';
import type { RunLog, StoredRun } from '../../ports/schedule-runs.ts';
import { orUnavailable } from '../../protocol/errors.ts';
import type { Database } from './database.ts';

const PENDING = new Set(['queued', 'sent', 'verifying']);

/** Reads the `schedule_runs` table. The state store writes it, as a collection. */
export function createRunLog({ db }: Pick<Database, 'db'>, log: Pick<Logger, 'warn'>): RunLog {
  const read = <T>(work: () => Promise<T>): Promise<T> =>
    orUnavailable(work, 'The runs cannot be read now.', (error) => log.warn({ err: error }, 'the runs cannot be read'));
  return {
    list: (scheduleId, limit) =>
      read(async () => {
        const rows = await db
          .selectFrom('schedule_runs')
          .select('record')
          .where('schedule_id', '=', scheduleId)
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute();
        return rows.map(({ record }) => JSON.parse(record) as StoredRun);
      }),
    last: (scheduleIds) =>
      read(async () => {
        if (scheduleIds.length === 0) return new Map();
        const rows = await db
          .selectFrom('schedules')
          .where('schedules.id', 'in', scheduleIds)
          .select((eb) => [
            'schedules.id',
            eb
              .selectFrom('schedule_runs')
              .select('schedule_runs.record')
              .whereRef('schedule_runs.schedule_id', '=', 'schedules.id')
              .orderBy('schedule_runs.at', 'desc')
              .orderBy('schedule_runs.id', 'desc')
              .limit(1)
              .as('run'),
          ])
          .execute();
        return new Map(rows.flatMap(({ id, run }) => (run === null ? [] : [[id, JSON.parse(run) as StoredRun]])));
      }),
    outcomes: (runIds) =>
      read(async () => {
        const counts = new Map<string, Record<string, number>>(runIds.map((id) => [id, {}]));
        if (runIds.length === 0) return counts;
        const rows = await db
          .selectFrom('commands')
          .select(({ fn }) => ['batch', 'status', fn.countAll<number>().as('count')])
          .where('batch', 'in', runIds)
          .groupBy(['batch', 'status'])
          .execute();
        for (const { batch, status, count } of rows) {
          const of = counts.get(batch as string) ?? {};
          const name = PENDING.has(status) ? 'pending' : status;
          of[name] = (of[name] ?? 0) + Number(count);
        }
        return counts;
      }),
    deviceIds: (runId) =>
      read(async () => {
        const rows = await db.selectFrom('commands').select('device_id').where('batch', '=', runId).execute();
        return new Set(rows.map(({ device_id }) => device_id));
      }),
  };
}
