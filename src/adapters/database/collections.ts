import { type Compilable, type Insertable, type Kysely, sql } from 'kysely';
import type { Collection, Pickable } from '../../ports/state-store.ts';
import { systemClock } from '../clock.ts';
import { alertStatements, attached } from './alert-tables.ts';
import { bulk } from './bulk.ts';
import { insertPairings } from './pairing-table.ts';
import { loadRollouts, loadTargets, rolloutStatements, targetStatements } from './rollout-tables.ts';
import type { Db, Schema } from './schema.ts';
import { touchedByEndings } from './statistics/until.ts';

interface Put {
  key: string;
  /** Undefined removes the record. */
  value: unknown;
}

interface Row {
  key: string;
  record: string;
}

/** Maps a collection of the state store to its table. */
interface Table {
  load(db: Db): Promise<Row[]>;
  find(db: Db, name: string): Promise<Row[]>;
  statements(db: Db, puts: readonly Put[]): Compilable[];
}

/**
 * The number of ended commands loaded into memory, newest first, and of those with an unacknowledged result. Others are
 * read on request.
 */
const ENDED_COMMANDS = 20_000;
/** A literal as in the partial index, which would not match a parameter. */
const unacknowledged = sql<boolean>`told = 0`;

const insertDevices = bulk<Schema['devices']>(['id', 'version', 'record'], (db, rows) =>
  db
    .insertInto('devices')
    .values(rows)
    .onConflict((it) =>
      it
        .column('id')
        .doUpdateSet((eb) => ({ version: eb.ref('excluded.version'), record: eb.ref('excluded.record') }))
        // Late writes must not decrease a version.
        .whereRef('excluded.version', '>=', 'devices.version'),
    ),
);

const insertCommands = bulk<Insertable<Schema['commands']>>(
  [
    'command_id',
    'device_id',
    'batch',
    'group_name',
    'command',
    'status',
    'requested_by',
    'requested_at',
    'ended_at',
    'duration_ms',
    'told',
    'record',
  ],
  (db, rows) =>
    db
      .insertInto('commands')
      .values(rows)
      .onConflict((it) =>
        it
          .column('command_id')
          .doUpdateSet((eb) => ({
            status: eb.ref('excluded.status'),
            ended_at: eb.ref('excluded.ended_at'),
            duration_ms: eb.ref('excluded.duration_ms'),
            told: eb.ref('excluded.told'),
            record: eb.ref('excluded.record'),
          }))
          // Late writes of another instance must not reopen a command, replace its first ending, unmark an acknowledged
          // result, or declare a sent command undelivered.
          .where(
            sql<boolean>`commands.ended_at is null and (
                excluded.status not in ('undelivered', 'cancelled')
                or not exists (select 1 from command_attempts where command_attempts.command_id = commands.command_id)
              )
              or commands.ended_at = excluded.ended_at and commands.status = excluded.status
                and commands.told <= excluded.told`,
          ),
      ),
);

const insertAttempts = bulk<Schema['command_attempts']>(['command_id', 'attempt', 'sent_at'], (db, rows) =>
  db
    .insertInto('command_attempts')
    .values(rows)
    .onConflict((it) => it.columns(['command_id', 'attempt']).doNothing()),
);

const insertDeliveries = bulk<Schema['webhook_deliveries']>(
  ['id', 'webhook_id', 'status', 'ended_at', 'record'],
  (db, rows) =>
    db
      .insertInto('webhook_deliveries')
      .values(rows)
      .onConflict((it) =>
        it
          .column('id')
          .doUpdateSet((eb) => ({
            status: eb.ref('excluded.status'),
            ended_at: eb.ref('excluded.ended_at'),
            record: eb.ref('excluded.record'),
          }))
          // Late writes must not reopen an ended delivery, nor replace `delivered`.
          .where(
            sql<boolean>`webhook_deliveries.ended_at is null
              or webhook_deliveries.status = 'failed' and excluded.status = 'delivered'`,
          ),
      ),
);

const insertRuns = bulk<Schema['schedule_runs']>(['id', 'schedule_id', 'at', 'record'], (db, rows) =>
  db
    .insertInto('schedule_runs')
    .values(rows)
    .onConflict((it) => it.column('id').doUpdateSet((eb) => ({ record: eb.ref('excluded.record') }))),
);

/** A table of which single records are read again and again. */
interface PickableTable extends Table {
  pick(db: Db, keys: readonly string[]): Promise<Row[]>;
}

export const collections: Record<Collection, Table> & Record<Pickable, PickableTable> = {
  'device-tokens': plain('device_tokens', 'device_id'),
  tokens: plain('admin_tokens', 'id'),
  'token-uses': plain('admin_token_uses', 'id'),
  'fleet-tokens': plain('fleet_tokens', 'hash'),
  blocks: plain('device_blocks', 'device_id'),
  policies: plain('policies', 'scope'),
  desired: plain('desired_states', 'scope'),
  'alert-mutes': plain('alert_mutes', 'subject'),
  channels: plain('channels', 'id'),
  webhooks: plain('webhooks', 'id'),
  'webhook-health': plain('webhook_health', 'id'),
  schedules: plain('schedules', 'id'),
  'rollout-orders': plain('rollout_orders', 'id'),
  views: plain('views', 'id'),
  sessions: plain('sessions', 'id'),
  'session-uses': plain('session_uses', 'id'),

  pairings: {
    ...plain('pairings', 'id'),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('pairings').where('id', 'in', keys)),
      ...kept(puts, (some) => insertPairings(db, some)),
    ],
  },

  devices: {
    load: (db) => db.selectFrom('devices').select(['id as key', 'record']).execute(),
    find: (db, key) => db.selectFrom('devices').select(['id as key', 'record']).where('id', '=', key).execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('devices').where('id', 'in', keys)),
      ...insertDevices(
        db,
        present(puts).map(({ key, value }) => ({ id: key, version: versionOf(value), record: JSON.stringify(value) })),
      ),
    ],
  },

  commands: {
    async load(db) {
      const commands = db.selectFrom('commands').select(['command_id as key', 'record']);
      const ended = commands.where('ended_at', 'is not', null).orderBy('ended_at', 'desc').limit(ENDED_COMMANDS);
      const parts = [commands.where('ended_at', 'is', null), ended.where(unacknowledged), ended];
      return (await Promise.all(parts.map((part) => part.execute()))).flat();
    },
    find: (db, name) =>
      db
        .selectFrom('commands')
        .select(['command_id as key', 'record'])
        .where((eb) => eb.or([eb('command_id', '=', name), eb('batch', '=', name)]))
        .execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('commands').where('command_id', 'in', keys)),
      ...touchedByEndings(db, endingsOf(puts), systemClock.wall()),
      ...insertCommands(
        db,
        present(puts).map(({ key, value }) => commandRow(key, value as StoredCommand)),
      ),
      ...insertAttempts(
        db,
        present(puts).flatMap(({ key, value }) =>
          attemptsOf(value).map((sent_at, i) => ({ command_id: key, attempt: i + 1, sent_at })),
        ),
      ),
    ],
  },

  alerts: {
    load: (db) => db.selectFrom('alerts').select(['id as key', 'record']).where('settled', '=', 0).execute(),
    find: (db, key) => db.selectFrom('alerts').select(['id as key', 'record']).where('id', '=', key).execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('alerts').where('id', 'in', keys)),
      ...alertStatements(db, present(puts)),
    ],
  },

  'alert-acts': attached('alert_acts'),
  'alert-notifications': attached('alert_notifications'),

  'webhook-deliveries': {
    load: (db) =>
      db.selectFrom('webhook_deliveries').select(['id as key', 'record']).where('status', '=', 'pending').execute(),
    find: (db, key) =>
      db.selectFrom('webhook_deliveries').select(['id as key', 'record']).where('id', '=', key).execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('webhook_deliveries').where('id', 'in', keys)),
      ...insertDeliveries(
        db,
        present(puts).map(({ key, value }) => deliveryRow(key, value as StoredDelivery)),
      ),
    ],
  },

  'schedule-runs': {
    load: (db) => db.selectFrom('schedule_runs').select(['id as key', 'record']).execute(),
    find: (db, key) => db.selectFrom('schedule_runs').select(['id as key', 'record']).where('id', '=', key).execute(),
    statements: (db, puts) => [...insertRuns(db, present(puts).map(runRow))],
  },

  rollouts: {
    load: loadRollouts,
    find: (db, key) => db.selectFrom('rollouts').select(['id as key', 'record']).where('id', '=', key).execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('rollouts').where('id', 'in', keys)),
      ...rolloutStatements(db, present(puts)),
    ],
  },

  'rollout-targets': {
    load: loadTargets,
    find: (db, key) =>
      db.selectFrom('rollout_targets').select(['command_id as key', 'record']).where('command_id', '=', key).execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => db.deleteFrom('rollout_targets').where('command_id', 'in', keys)),
      ...targetStatements(db, present(puts)),
    ],
  },
};

/** A table of keys and records only. */
function plain(
  table:
    | 'device_tokens'
    | 'admin_tokens'
    | 'admin_token_uses'
    | 'device_blocks'
    | 'fleet_tokens'
    | 'policies'
    | 'desired_states'
    | 'alert_mutes'
    | 'channels'
    | 'webhooks'
    | 'webhook_health'
    | 'schedules'
    | 'rollout_orders'
    | 'views'
    | 'sessions'
    | 'session_uses'
    | 'pairings',
  key: string,
): PickableTable {
  // The tables have different types but the same queries.
  const open = (db: Db) => db as unknown as Kysely<Record<typeof table, Record<string, string>>>;
  return {
    load: (db) =>
      open(db)
        .selectFrom(table)
        .select((eb) => [eb.ref(key).as('key'), eb.ref('record').as('record')])
        .execute(),
    find: (db, wanted) =>
      open(db)
        .selectFrom(table)
        .select((eb) => [eb.ref(key).as('key'), eb.ref('record').as('record')])
        .where(key, '=', wanted)
        .execute(),
    pick: (db, keys) =>
      open(db)
        .selectFrom(table)
        .select((eb) => [eb.ref(key).as('key'), eb.ref('record').as('record')])
        .where(key, 'in', keys)
        .execute(),
    statements: (db, puts) => [
      ...removed(puts, (keys) => open(db).deleteFrom(table).where(key, 'in', keys)),
      ...kept(puts, (some) =>
        open(db)
          .insertInto(table)
          .values(some.map((it) => ({ [key]: it.key, record: JSON.stringify(it.value) })))
          .onConflict((it) => it.column(key).doUpdateSet((eb) => ({ record: eb.ref('excluded.record') }))),
      ),
    ],
  };
}

/** The fields of a stored command (fleet/command-ledger.ts) that have columns. */
interface StoredCommand {
  record?: {
    deviceId?: string;
    command?: string;
    status?: string;
    attempts?: number;
    requestedBy?: string;
    requestedAt?: string;
    endedAt?: string;
    durationMs?: number;
  };
  batch?: string | null;
  group?: string | null;
  told?: boolean;
  /** Send times of the attempts. */
  sentAt?: readonly number[];
}

function commandRow(key: string, stored: StoredCommand) {
  const { deviceId, command, status, requestedBy, requestedAt, endedAt, durationMs } = stored?.record ?? {};
  return {
    command_id: key,
    device_id: deviceId ?? '',
    batch: stored?.batch ?? null,
    group_name: stored?.group ?? null,
    command: command ?? '',
    status: status ?? '',
    requested_by: requestedBy ?? '',
    requested_at: requestedAt === undefined ? 0 : Date.parse(requestedAt),
    ended_at: endedAt === undefined ? null : Date.parse(endedAt),
    duration_ms: durationMs ?? null,
    told: stored?.told ? 1 : 0,
    record: JSON.stringify(stored),
  };
}

function endingsOf(puts: readonly Put[]): { id: string; at: number }[] {
  return puts.flatMap(({ key, value }) => {
    const endedAt = (value as StoredCommand | undefined)?.record?.endedAt;
    return endedAt === undefined ? [] : { id: key, at: Date.parse(endedAt) };
  });
}

/** The fields of a stored delivery (webhooks/outbox.ts) that have columns. */
interface StoredDelivery {
  delivery?: { webhookId?: string; status?: string; endedAt?: string };
}

function deliveryRow(key: string, stored: StoredDelivery) {
  const { webhookId, status, endedAt } = stored?.delivery ?? {};
  return {
    id: key,
    webhook_id: webhookId ?? '',
    status: status ?? 'pending',
    ended_at: endedAt === undefined ? null : Date.parse(endedAt),
    record: JSON.stringify(stored),
  };
}

/** The fields of a stored run (schedules/runs.ts) that have columns. */
interface StoredRun {
  scheduleId?: string;
  zones?: { at: string }[];
}

function runRow({ key, value }: Put) {
  const { scheduleId, zones } = value as StoredRun;
  const at = Math.min(...(zones ?? []).map((zone) => Date.parse(zone.at)));
  return { id: key, schedule_id: scheduleId ?? '', at: Number.isFinite(at) ? at : 0, record: JSON.stringify(value) };
}

const attemptsOf = (stored: unknown): readonly number[] => (stored as StoredCommand | undefined)?.sentAt ?? [];

const versionOf = (stored: unknown): number => {
  const { version, removedAt } = (stored ?? {}) as { version?: number; removedAt?: number };
  return version ?? removedAt ?? 0;
};

const removed = (puts: readonly Put[], statement: (keys: string[]) => Compilable): Compilable[] => {
  const keys = puts.filter(({ value }) => value === undefined).map(({ key }) => key);
  return keys.length > 0 ? [statement(keys)] : [];
};

const present = (puts: readonly Put[]): Put[] => puts.filter(({ value }) => value !== undefined);

const kept = (puts: readonly Put[], statement: (puts: Put[]) => Compilable): Compilable[] => {
  const some = present(puts);
  return some.length > 0 ? [statement(some)] : [];
};
