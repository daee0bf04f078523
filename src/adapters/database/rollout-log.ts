import type { RolloutLog, StoredRollout, StoredTarget } from '../../ports/rollouts.ts';
import type { Database } from './database.ts';

/** The tables of rollouts, as they are read; they are written as collections of the state store. */
export function createRolloutLog({ db }: Pick<Database, 'db'>): RolloutLog {
  return {
    async list({ before, limit }) {
      let query = db.selectFrom('rollouts').select('record').orderBy('id', 'desc').limit(limit);
      if (before !== undefined) query = query.where('id', '<', before);
      return (await query.execute()).map(({ record }) => JSON.parse(record) as StoredRollout);
    },
    async targets({ rolloutId, outcome, after, limit }) {
      let query = db
        .selectFrom('rollout_targets')
        .select('record')
        .where('rollout_id', '=', rolloutId)
        .orderBy('position')
        .limit(limit);
      if (outcome !== undefined) query = query.where('outcome', '=', outcome);
      if (after !== undefined) query = query.where('position', '>', after);
      return (await query.execute()).map(({ record }) => JSON.parse(record) as StoredTarget);
    },
  };
}
