import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { systemClock } from '../../clock.ts';
import { DatabaseError } from '../errors.ts';
import type { Db } from '../schema.ts';
import { createTables } from './0001-tables.ts';
import { createAlerts } from './0002-alerts.ts';
import { speedLookUps } from './0003-look-ups.ts';
import { indexAuditByDevice } from './0004-audit-by-device.ts';
import { createBlobs } from './0005-blobs.ts';
import { separateTokenUses } from './0006-token-uses.ts';
import { sumUpDurations } from './0007-command-durations.ts';
import { compactJournal } from './0008-compact-journal.ts';
import { createBlocks } from './0009-device-blocks.ts';
import { createFleetTokens } from './0010-fleet-tokens.ts';
import { replaceFirstTables } from './0011-first-tables.ts';
import { createDesiredStates } from './0012-desired-states.ts';
import { createWebhooks } from './0013-webhooks.ts';
import { createSchedules } from './0014-schedules.ts';
import { createRollouts } from './0015-rollouts.ts';
import { indexAlertsByAbout } from './0016-alerts-about.ts';
import { createAlertActs } from './0017-alert-acts.ts';
import { createViews } from './0018-views.ts';
import { createChannels } from './0019-channels.ts';
import { createAlertNotifications } from './0020-alert-notifications.ts';
import { createSessions } from './0021-sessions.ts';
import { createPastReports } from './0022-past-reports.ts';
import { createPairings } from './0023-pairings.ts';

export interface Migration {
  name: string;
  up(db: Kysely<unknown>, isPostgres: boolean): Promise<void>;
  /**
   * Only versions that know this earlier migration can use the database afterwards. It must be one of the version
   * before, so that instances of that version still run and restart, and a rollback needs no backup. Undefined: all
   * versions since 0.2.0 can, because the migration only adds what they do not notice.
   */
  requires?: string;
}

/** What 0.2.0 had. It refuses a database with any other name in the table `migrations`. */
const initial: readonly Migration[] = [
  { name: '0001-tables', up: createTables },
  // Second, because later ones build on it. On most databases it does nothing.
  { name: '0011-first-tables', up: replaceFirstTables },
  { name: '0002-alerts', up: createAlerts },
  { name: '0003-look-ups', up: speedLookUps },
  { name: '0004-audit-by-device', up: indexAuditByDevice },
  { name: '0005-blobs', up: createBlobs },
  { name: '0006-token-uses', up: separateTokenUses },
  { name: '0007-command-durations', up: sumUpDurations },
  { name: '0008-compact-journal', up: compactJournal },
  { name: '0009-device-blocks', up: createBlocks },
  { name: '0010-fleet-tokens', up: createFleetTokens },
  { name: '0012-desired-states', up: createDesiredStates },
  { name: '0013-webhooks', up: createWebhooks },
  { name: '0014-schedules', up: createSchedules },
  { name: '0015-rollouts', up: createRollouts },
  { name: '0016-alerts-about', up: indexAlertsByAbout },
];

/** Expand first, contract in a later version: see docs/decisions/0012-migrations-expand-first.md. */
const later: readonly Migration[] = [
  { name: '0017-alert-acts', up: createAlertActs },
  { name: '0018-views', up: createViews },
  { name: '0019-channels', up: createChannels },
  { name: '0020-alert-notifications', up: createAlertNotifications },
  { name: '0021-sessions', up: createSessions },
  { name: '0022-past-reports', up: createPastReports },
  { name: '0023-pairings', up: createPairings },
];

/** In order. Never change a released one: a database records the migrations it has had by name. */
export const migrations: readonly Migration[] = [...initial, ...later];

/** Any number that no other application uses for a lock in the same database. */
const LOCK = 8_671_442;

type Tables = {
  /** Migrations that a version must know to use the database. */
  migrations: { name: string; at: number };
  /** Migrations since 0.2.0, with what a version must know instead (`requires`). */
  later_migrations: { name: string; at: number; requires: string | null };
};

/** Migrations of concurrent instances run one after the other, each atomically. */
export async function migrate(writer: Db, isPostgres: boolean, log: Pick<Logger, 'info' | 'warn'>): Promise<void> {
  await writer.transaction().execute(async (transaction) => {
    const db = transaction.withTables<Tables>();
    if (isPostgres) await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(db);
    for (const table of ['migrations', 'later_migrations'] as const) {
      const create = db.schema
        .createTable(table)
        .ifNotExists()
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull());
      await (table === 'migrations' ? create : create.addColumn('requires', 'text')).execute();
    }
    const recorded = [
      ...(await db.selectFrom('later_migrations').select(['name', 'requires']).execute()),
      ...(await db.selectFrom('migrations').select('name').execute()),
    ];
    const { newer, excluding } = compare(recorded);
    if (excluding.length > 0) {
      throw new DatabaseError(
        `The database was created by a newer version of vigia (${excluding.join(', ')}). Use that version, or restore a backup from before it (vigia restore).`,
      );
    }
    if (newer.length > 0) log.warn({ migrations: newer }, 'a newer version migrated the database; this one can use it');
    const done = new Set(recorded.map(({ name }) => name));
    const isNew = done.size === 0;
    for (const migration of migrations) {
      const { name, up, requires = null } = migration;
      if (done.has(name)) continue;
      const startedAt = systemClock.now();
      await up(db as unknown as Kysely<unknown>, isPostgres);
      const at = systemClock.wall();
      const isLater = later.includes(migration);
      if (isLater) await db.insertInto('later_migrations').values({ name, at, requires }).execute();
      if (!isLater || requires !== null) await db.insertInto('migrations').values({ name, at }).execute();
      if (!isNew) log.info({ migration: name, ms: systemClock.now() - startedAt }, 'the database was migrated');
    }
  });
}

/**
 * The recorded migrations that this version does not know, and those of them after which it cannot use the database. A
 * name may be recorded twice: first with what it requires, then for 0.2.0.
 */
export function compare(recorded: readonly { name: string; requires?: string | null }[]): {
  newer: string[];
  excluding: string[];
} {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = new Map<string, string | null | undefined>();
  for (const { name, requires } of recorded) if (!known.has(name) && !unknown.has(name)) unknown.set(name, requires);
  const excluding = [...unknown].filter(([, requires]) => requires !== null && !known.has(requires ?? ''));
  return { newer: [...unknown.keys()], excluding: excluding.map(([name]) => name) };
}
