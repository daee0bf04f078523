import { type Compilable, sql } from 'kysely';
import type { StoredRollout, StoredTarget } from '../../ports/rollouts.ts';
import { bulk } from './bulk.ts';
import type { Db, Schema } from './schema.ts';

/** How rollouts and their targets lie in their tables. */

/** So many that have ended are loaded, the newest. */
const RECENT = 50;
const ENDED = 3;
const stageOf = (outcome: string) =>
  outcome === 'sent' ? 1 : outcome === 'watching' ? 2 : outcome === 'waiting' || outcome === '' ? 0 : ENDED;

interface Put {
  key: string;
  value: unknown;
}

const insertRollouts = bulk<Schema['rollouts']>(['id', 'epoch', 'version', 'ended_at', 'record'], (db, rows) =>
  db
    .insertInto('rollouts')
    .values(rows)
    .onConflict((it) =>
      it
        .column('id')
        .doUpdateSet((eb) => ({
          epoch: eb.ref('excluded.epoch'),
          version: eb.ref('excluded.version'),
          ended_at: eb.ref('excluded.ended_at'),
          record: eb.ref('excluded.record'),
        }))
        // Writes of an instance whose rollout was taken over by another one are ignored.
        .where(
          sql<boolean>`excluded.epoch > rollouts.epoch
            or excluded.epoch = rollouts.epoch and excluded.version >= rollouts.version`,
        ),
    ),
);

const insertTargets = bulk<Schema['rollout_targets']>(
  ['command_id', 'rollout_id', 'position', 'stage', 'outcome', 'record'],
  (db, rows) =>
    db
      .insertInto('rollout_targets')
      .values(rows)
      .onConflict((it) =>
        it
          .column('command_id')
          .doUpdateSet((eb) => ({
            stage: eb.ref('excluded.stage'),
            outcome: eb.ref('excluded.outcome'),
            record: eb.ref('excluded.record'),
          }))
          // A sent target never becomes pending again, and the first ending stays, despite late writes.
          .where(sql<boolean>`rollout_targets.stage < ${sql.lit(ENDED)} and excluded.stage >= rollout_targets.stage`),
      ),
);

export async function loadRollouts(db: Db) {
  const all = db.selectFrom('rollouts').select(['id as key', 'record']);
  const ended = all.where('ended_at', 'is not', null).orderBy('ended_at', 'desc').limit(RECENT);
  const parts = [all.where('ended_at', 'is', null), ended];
  return (await Promise.all(parts.map((part) => part.execute()))).flat();
}

export const rolloutStatements = (db: Db, puts: readonly Put[]): Iterable<Compilable> =>
  insertRollouts(
    db,
    puts.map(({ key, value }) => {
      const { document, epoch = 0, version = 0 } = (value ?? {}) as Partial<StoredRollout>;
      const endedAt = document?.endedAt === undefined ? null : Date.parse(document.endedAt);
      return { id: key, epoch, version, ended_at: endedAt, record: JSON.stringify(value) };
    }),
  );

export const loadTargets = (db: Db) =>
  db.selectFrom('rollout_targets').select(['command_id as key', 'record']).where('stage', '<', ENDED).execute();

export const targetStatements = (db: Db, puts: readonly Put[]): Iterable<Compilable> =>
  insertTargets(
    db,
    puts.map(({ key, value }) => {
      const { rolloutId = '', position = 0, outcome = '' } = (value ?? {}) as Partial<StoredTarget>;
      const stage = stageOf(outcome);
      return { command_id: key, rollout_id: rolloutId, position, stage, outcome, record: JSON.stringify(value) };
    }),
  );
