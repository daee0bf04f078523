import { type Kysely, sql } from 'kysely';
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

/** In order. Never change a released one: a database records the migrations it has had by name. */
export const migrations: readonly { name: string; up: (db: Kysely<unknown>, isPostgres: boolean) => Promise<void> }[] =
  [
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
    { name: '0017-alert-acts', up: createAlertActs },
    { name: '0018-views', up: createViews },
    { name: '0019-channels', up: createChannels },
    { name: '0020-alert-notifications', up: createAlertNotifications },
  ];

/** Any number that no other application uses for a lock in the same database. */
const LOCK = 8_671_442;

/** Migrations of concurrent instances run one after the other, each atomically. */
export async function migrate(writer: Db, isPostgres: boolean): Promise<void> {
  await writer.transaction().execute(async (transaction) => {
    const db = transaction.withTables<{ migrations: { name: string; at: number } }>();
    if (isPostgres) await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(db);
    await db.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    const done = new Set((await db.selectFrom('migrations').select('name').execute()).map(({ name }) => name));
    for (const { name, up } of migrations) {
      if (done.delete(name)) continue;
      await up(db as unknown as Kysely<unknown>, isPostgres);
      await db.insertInto('migrations').values({ name, at: systemClock.wall() }).execute();
    }
    if (done.size > 0) {
      throw new DatabaseError(
        `The database was created by a newer version of vigia (${[...done].join(', ')}). Use that version.`,
      );
    }
  });
}
