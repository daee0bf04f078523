import { type Kysely, sql } from 'kysely';

/** Adds the duration (`step`, see statistics/latency.ts) to the sums of commands. It is unknown for existing rows. */
export async function sumUpDurations(db: Kysely<unknown>, isPostgres: boolean): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  const key = 'primary key (device_id, day, group_name, command, status, step)';
  if (isPostgres) {
    // Altering the table in place keeps its permissions.
    await run('alter table command_days add column step bigint not null default 0');
    await run('alter table command_days drop constraint command_days_pkey');
    await run(`alter table command_days add ${key}`);
    return;
  }
  await run('alter table command_days rename to command_days_before');
  await run('drop index command_days_day');
  await run(`create table command_days (device_id text not null, day text not null, group_name text not null,
    command text not null, status text not null, count bigint not null, timed bigint not null,
    duration_ms bigint not null, max_duration_ms bigint not null, step bigint not null default 0, ${key})`);
  await run('insert into command_days select *, 0 from command_days_before');
  await run('drop table command_days_before');
  await run('create index command_days_day on command_days (day)');
}
