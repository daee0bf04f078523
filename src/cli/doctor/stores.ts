import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import Database from 'libsql';
import { systemClock } from '../../adapters/clock.ts';
import { compare, migrations } from '../../adapters/database/migrations/all.ts';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { connect, isUp } from '../../adapters/redis/connect.ts';
import type { Config } from '../../config.ts';
import { codeOf, connectionFault, type Finding, findingsOf, messageOf } from './finding.ts';
import { compareClocks } from './machine.ts';

const WAIT_MS = 5_000;
const AHEAD_MS = 60_000;
const database = findingsOf('database');

export async function checkDatabase({ databaseUrl, dataDir }: Config): Promise<Finding[]> {
  return databaseUrl === undefined ? checkSqlite(join(dataDir, 'vigia.db')) : checkPostgres(databaseUrl);
}

interface Recorded {
  name: string;
  requires?: string | null;
}

/** Tables may be missing: in a new database, and in one of 0.2.0. The order is the one that `compare` expects. */
const RECORDS = { later_migrations: 'select name, requires from', migrations: 'select name from' };

function checkMigrations(recorded: readonly Recorded[], place: string): Finding {
  const { newer, excluding } = compare(recorded);
  if (excluding.length > 0) {
    return database.fault(
      `${place} was written by a newer version of vigia (${excluding.join(', ')}).`,
      'Install that version, or restore the backup from before the upgrade.',
    );
  }
  const names = new Set(recorded.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !names.has(name)).length;
  if (missing > 0) return database.ok(`${place}: the next start runs ${missing} migrations.`);
  const by = newer.length > 0 ? ` A newer version migrated it (${newer.join(', ')}); this one can use it.` : '';
  return database.ok(`${place} is up to date.${by}`);
}

function checkSqlite(path: string): Finding[] {
  if (!existsSync(path)) return [database.ok(`${path} does not exist yet; the first start creates it.`)];
  const { size, mtimeMs } = statSync(path);
  const remedy = 'Restore a backup: vigia restore BACKUP --force moves the damaged file aside.';
  if (size === 0) return [database.fault(`${path} is empty, so its data is lost.`, remedy)];
  const findings: Finding[] = [];
  if (mtimeMs > systemClock.wall() + AHEAD_MS) {
    const { fault } = findingsOf('clock');
    findings.push(
      fault(
        `The database was last written in the future (${new Date(mtimeMs).toISOString()}): the clock is wrong now, or was.`,
        'Set the clock right (timedatectl set-ntp true).',
      ),
    );
  }
  let db: Database.Database | undefined;
  try {
    // After a clean stop, even a reader would leave a log and an index of it beside the file.
    const place = existsSync(`${path}-wal`) ? path : `${pathToFileURL(path).href}?immutable=1`;
    db = new Database(place, { readonly: true, timeout: WAIT_MS });
    const exists = db.prepare("select 1 from sqlite_master where type = 'table' and name = ?");
    const recorded: Recorded[] = [];
    for (const [table, select] of Object.entries(RECORDS))
      if (exists.get(table)) recorded.push(...(db.prepare(`${select} ${table}`).all() as Recorded[]));
    findings.push(checkMigrations(recorded, path));
  } catch (error) {
    findings.push(database.fault(`${path} cannot be read: ${messageOf(error)}`, remedy));
  } finally {
    db?.close();
  }
  return findings;
}

async function checkPostgres(url: string): Promise<Finding[]> {
  const { host, pathname, username } = new URL(url);
  const place = `PostgreSQL at ${host}${pathname}`;
  const { db } = openPostgres({ url, connections: 1, timeoutMs: WAIT_MS, readOnly: true });
  try {
    const { rows } = await sql<{
      version: string;
      now: number;
      may: boolean;
      replica: boolean;
      tables: string[];
    }>`select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now,
        has_schema_privilege(current_schema(), 'create') as may, pg_is_in_recovery() as replica,
        array(select tablename::text from pg_tables where schemaname = current_schema()) as tables`.execute(db);
    const [is] = rows;
    const clock = compareClocks('PostgreSQL', Number(is?.now), systemClock.wall());
    if (is?.replica)
      return [database.fault(`${place} is a replica, which cannot be written.`, 'Name the primary.'), clock];
    if (!is?.may) {
      const remedy = `grant create on schema public to "${username}"`;
      return [database.fault(`${place} does not let "${username}" create tables.`, remedy), clock];
    }
    const recorded: Recorded[] = [];
    for (const [table, select] of Object.entries(RECORDS))
      if (is.tables.includes(table)) recorded.push(...(await sql.raw<Recorded>(`${select} ${table}`).execute(db)).rows);
    return [checkMigrations(recorded, `${place} (${is.version})`), clock];
  } catch (error) {
    return [postgresFault(error, place, username, pathname.slice(1))];
  } finally {
    await db.destroy();
  }
}

function postgresFault(error: unknown, place: string, user: string, name: string): Finding {
  const known: Record<string, [string, string]> = {
    '28P01': [`${place} refuses the password of "${user}".`, 'Check the password in DATABASE_URL.'],
    '28000': [`${place} refuses "${user}": ${messageOf(error)}.`, 'Check DATABASE_URL, and pg_hba.conf.'],
    '3D000': [`${place}: there is no database "${name}".`, `createdb --owner=${user} ${name}`],
    '53300': [`${place} has no connection left.`, 'Raise max_connections; each instance uses seven.'],
  };
  const found = known[codeOf(error)];
  if (found) return database.fault(...found);
  const { text, remedy } = connectionFault(error, place);
  return database.fault(text, remedy);
}

const quiet = { info() {}, warn() {} } as unknown as Parameters<typeof connect>[1];

export async function checkRedis({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === undefined) return [];
  const { ok, warning, fault } = findingsOf('redis');
  const { hostname, port } = new URL(redisUrl);
  const place = `Redis at ${hostname}:${port || 6379}`;
  const redis = connect(redisUrl, quiet, 'doctor');
  try {
    await isUp(redis, WAIT_MS);
    const [seconds, micros] = await redis.time();
    const clock = compareClocks('Redis', Number(seconds) * 1000 + Number(micros) / 1000, systemClock.wall());
    const info = await redis.info();
    const settingOf = (name: string) => new RegExp(`^${name}:(.*)\\r?$`, 'm').exec(info)?.[1]?.trim();
    const policy = settingOf('maxmemory_policy');
    if (Number(settingOf('maxmemory')) > 0 && policy !== 'noeviction') {
      const text = `${place} may drop keys when its memory is full (${policy}): devices would lose their owner.`;
      return [warning(text, 'Set maxmemory-policy noeviction.'), clock];
    }
    return [ok(`${place} answers (${settingOf('redis_version')}).`), clock];
  } catch (error) {
    if (/WRONGPASS|NOAUTH|invalid password/i.test(messageOf(error))) {
      return [fault(`${place} refuses the password.`, 'Check the password in REDIS_URL.')];
    }
    const { text, remedy } = connectionFault(error, place);
    return [fault(text, remedy)];
  } finally {
    redis.disconnect();
  }
}
