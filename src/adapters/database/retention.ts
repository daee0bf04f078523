import { type Compilable, sql } from 'kysely';
import type { Logger } from 'pino';
import { type Clock, cautiousWall } from '../../ports/clock.ts';
import type { Database } from './database.ts';
import { inSteps, pruneJournal, ROWS_A_WRITE } from './journal/prune.ts';
import type { Db } from './schema.ts';

/** Retention periods in days. */
export interface Keep {
  keepJournalDays: number;
  keepCommandDays: number;
  keepAuditDays: number;
  keepStatisticsDays: number;
}

export interface Retention {
  /** Runs after 15 minutes, then every hour. */
  start(): void;
  /** Waits for the current step. */
  stop(): Promise<void>;
  /** Runs once. Resolves with the number of removed rows by kind. */
  run(): Promise<Record<string, number>>;
}

/** Not right after the start, when the fleet reconnects. */
const FIRST_MS = 900_000;
const EVERY_MS = 3600_000;
/** Pause between two steps, so that a large removal does not block other work. */
const PAUSE_MS = 20;
const COMMANDS_A_WRITE = 500;
/** Short, because each event has a delivery for each webhook and failures are investigated soon. */
const KEEP_DELIVERY_DAYS = 7;
/** A run without its record would count as missed. */
const KEEP_RUN_DAYS = 8;
const DAY_MS = 24 * 3600_000;

/** The source tables of the statistics: their key columns, and the column with the age. */
const periods = { key: ['device_id', 'from_at'], column: 'to_at' };
const days = (...more: string[]) => ({ key: ['device_id', 'day', 'group_name', ...more], column: 'day' });
const statistics = {
  connection_periods: periods,
  on_air_periods: periods,
  playback_periods: periods,
  connection_days: days(),
  disconnection_days: days('reason'),
  command_days: days('command', 'status', 'step'),
  playback_days: days('item', 'playlist'),
};

/**
 * Removes data after its retention period, in small steps. All steps are idempotent, so several instances on one
 * database need no coordination.
 */
export function createRetention(deps: { database: Database; clock: Clock; log: Logger; keep: Keep }): Retention {
  const { database, clock, log, keep } = deps;
  const wall = cautiousWall(clock);
  let isStopped = false;
  let timer: unknown;
  let running: Promise<unknown> = Promise.resolve();

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), PAUSE_MS));
    if (isStopped) throw new StoppedError();
  }

  async function run(): Promise<Record<string, number>> {
    const now = wall();
    const before = (keptDays: number) => now - keptDays * DAY_MS;
    const step = (statement: Compilable) => inSteps(() => database.write([statement]), ROWS_A_WRITE, pause);
    const removed: Record<string, number> = {};

    removed.changes = await pruneJournal(database, before(keep.keepJournalDays), pause);
    const past = { key: ['device_id', 'measured_at'], column: 'to_at' };
    removed.pastReports = await step(older(database.db, 'past_reports', past, before(keep.keepJournalDays)));
    const runs = { key: ['id'], column: 'at' };
    removed.scheduleRuns = await step(
      older(database.db, 'schedule_runs', runs, before(Math.max(keep.keepCommandDays, KEEP_RUN_DAYS))),
    );
    const commands = endedCommands(database.db, before(keep.keepCommandDays));
    removed.commands = await inSteps(() => database.write(commands), COMMANDS_A_WRITE, pause);
    const oldest = before(keep.keepAuditDays);
    removed.audit = await step(older(database.db, 'audit', { key: ['id'], column: 'at' }, oldest));
    removed.alerts = await step(older(database.db, 'alerts', { key: ['id'], column: 'resolved_at' }, oldest));
    for (const table of ['alert_acts', 'alert_notifications'] as const) {
      removed[table] = await step(leftOfRemovedAlerts(database.db, table, oldest));
    }
    const ended = endedRollouts(database.db, before(keep.keepCommandDays));
    removed.rollouts = await inSteps(() => database.write(ended), ROWS_A_WRITE, pause);
    removed.rolloutTargets = await step(orphanedTargets(database.db, before(1)));
    const delivered = { key: ['id'], column: 'ended_at' };
    removed.deliveries = await step(older(database.db, 'webhook_deliveries', delivered, before(KEEP_DELIVERY_DAYS)));
    for (const [table, at] of Object.entries(statistics)) {
      const moment = before(keep.keepStatisticsDays);
      const bound = at.column === 'day' ? new Date(moment).toISOString().slice(0, 10) : moment;
      removed[table] = await step(older(database.db, table, at, bound));
    }
    return removed;
  }

  async function runAndTell(): Promise<void> {
    try {
      const removed = Object.entries(await run()).filter(([, rows]) => rows > 0);
      if (removed.length > 0) log.info(Object.fromEntries(removed), 'old rows removed');
    } catch (error) {
      if (!(error instanceof StoppedError)) log.warn({ err: error }, 'cannot remove old rows; retrying later');
    }
  }

  const arm = (ms: number): void => {
    timer = clock.setTimeout(() => {
      running = runAndTell().then(() => {
        if (!isStopped) arm(EVERY_MS);
      });
    }, ms);
  };

  return {
    start: () => arm(FIRST_MS),
    async stop() {
      isStopped = true;
      clock.clearTimeout(timer);
      await running;
    },
    run,
  };
}

class StoppedError extends Error {}

/**
 * Includes their attempts. Pending commands have no end time. Commands of a schedule stay while their run is recorded: a
 * run that continues asks them which devices it reached.
 */
function endedCommands(db: Db, before: number): Compilable[] {
  const some = db
    .selectFrom('commands')
    .select('command_id')
    .where('ended_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('schedule_runs').select('id').whereRef('id', '=', 'commands.batch'))),
    )
    .orderBy('ended_at')
    .orderBy('command_id')
    .limit(COMMANDS_A_WRITE);
  return [
    db.deleteFrom('command_attempts').where('command_id', 'in', some),
    db.deleteFrom('commands').where('command_id', 'in', some),
  ];
}

/** Their devices first, some at a time: while there are any, their rollout is still there to find them by. */
function endedRollouts(db: Db, before: number): Compilable[] {
  const old = db.selectFrom('rollouts').select('id').where('ended_at', '<', before);
  const some = db.selectFrom('rollout_targets').select('command_id').where('rollout_id', 'in', old).limit(ROWS_A_WRITE);
  const left = db.selectFrom('rollout_targets').select('rollout_id');
  return [
    db.deleteFrom('rollout_targets').where('command_id', 'in', some),
    db.deleteFrom('rollouts').where('ended_at', '<', before).where('id', 'not in', left),
  ];
}

/** Devices without a rollout: a crash during its creation leaves them. The id of a rollout begins with its time. */
function orphanedTargets(db: Db, before: number): Compilable {
  const newest = `ro-${before.toString(36).padStart(9, '0')}`;
  const some = db
    .selectFrom('rollout_targets')
    .select('command_id')
    .where('rollout_id', '<', newest)
    .where('rollout_id', 'not in', db.selectFrom('rollouts').select('id'))
    .limit(ROWS_A_WRITE);
  return db.deleteFrom('rollout_targets').where('command_id', 'in', some);
}

/** The ids begin with a time, as that of the alert does. */
function leftOfRemovedAlerts(db: Db, table: 'alert_acts' | 'alert_notifications', before: number): Compilable {
  const some = db
    .selectFrom(table)
    .select('id')
    .where('id', '<', Math.max(0, before).toString(36).padStart(9, '0'))
    .where('alert_id', 'not in', db.selectFrom('alerts').select('id'))
    .limit(ROWS_A_WRITE);
  return db.deleteFrom(table).where('id', 'in', some);
}

function older(db: Db, table: string, { key, column }: { key: string[]; column: string }, before: unknown): Compilable {
  const columns = sql.join(key.map((name) => sql.ref(name)));
  const query = sql`delete from ${sql.table(table)} where (${columns}) in
    (select ${columns} from ${sql.table(table)} where ${sql.ref(column)} < ${before}
      order by ${sql.ref(column)} limit ${sql.lit(ROWS_A_WRITE)})`;
  return { compile: () => query.compile(db) };
}
