import type { RunLog, StoredRun } from '../../ports/schedule-runs.ts';
import type { Home } from './home.ts';

const PENDING = new Set(['queued', 'sent', 'verifying']);

/** Reads the `schedule_runs` table. The state store writes it, as a collection. */
export function createRunLog({ db }: Pick<Home, 'db'>): RunLog {
  return {
    async list(scheduleId, limit) {
      const rows = await db
        .selectFrom('schedule_runs')
        .select('record')
        .where('schedule_id', '=', scheduleId)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ record }) => JSON.parse(record) as StoredRun);
    },
    async outcomes(runIds) {
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
    },
  };
}
