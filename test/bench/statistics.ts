/**
 * `npm run bench:statistics [-- sqlite|postgres]`: latency of GET /stats, with 1,000 devices over 90 days, on both
 * databases.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compilable, sql } from 'kysely';
import { type Database, openDatabase } from '../../src/adapters/database/database.ts';
import { DAY_MS, dayOf } from '../../src/adapters/database/statistics/days.ts';
import { createStatistics } from '../../src/adapters/database/statistics/statistics.ts';
import { createLogger } from '../../src/log.ts';
import { startPostgres } from '../support/postgres.ts';

const DEVICES = 1000;
const DAYS = 91;
const ROUNDS = 9;
const TODAY = Date.UTC(2026, 2, 31);
const NOW = TODAY + 15 * 3600_000;
/** Sums exist up to this time. */
const UNTIL = NOW - 120_000;
const log = createLogger({ logLevel: 'error', nodeId: 'bench' });

/** @param body a select from `s`, which counts `i` from 0 */
const rows = (table: string, count: number, body: string) =>
  `insert into ${table} with recursive s(i) as (select 0 union all select i + 1 from s where i < ${count - 1}) select ${body} from s`;
const group = (device: string) => `'g' || (${device} % 10)`;

/**
 * Periods of the last two hours, with another item every 40 s. Earlier days have only sums, since only these are read.
 */
async function fill(database: Database): Promise<void> {
  const run = (...texts: string[]) =>
    database.write(texts.map((text): Compilable => ({ compile: () => sql.raw(text).compile(database.db) })));
  await run(rows('devices (id, version, record)', DEVICES, `'d' || i, 1, '{}'`));
  for (let i = 0; i < DAYS; i++) {
    const day = `'${dayOf(TODAY - i * DAY_MS)}'`;
    const who = `'d' || i, ${day}, ${group('i')}`;
    await run(
      rows(
        `connection_days (device_id, day, group_name, online_ms, reconnecting_ms, offline_ms, disconnections, on_air_ms,
          off_air_ms, unknown_ms)`,
        DEVICES,
        `${who}, 86000000, 1000, 399000, 2, 80000000, 6000000, 400000`,
      ),
      rows('disconnection_days (device_id, day, group_name, reason, count)', DEVICES, `${who}, 'no_heartbeat', 2`),
      rows(
        'command_days (device_id, day, group_name, command, status, step, count, timed, duration_ms, max_duration_ms)',
        DEVICES,
        `${who}, 'vlc:play', 'success', 330, 3, 3, 900, 500`,
      ),
      rows(
        'playback_days (device_id, day, group_name, item, playlist, ms)',
        DEVICES * 12,
        `'d' || (i / 12), ${day}, ${group('(i / 12)')}, 'item' || (i % 12), 'Morning', 7200000`,
      ),
      // The sums of all devices, by group.
      rows(
        'playback_days (device_id, day, group_name, item, playlist, ms)',
        120,
        `'', ${day}, 'g' || (i / 12), 'item' || (i % 12), 'Morning', 720000000`,
      ),
      rows(
        `connection_days (device_id, day, group_name, online_ms, reconnecting_ms, offline_ms, disconnections, on_air_ms,
          off_air_ms, unknown_ms)`,
        10,
        `'', ${day}, 'g' || i, 8600000000, 100000, 39900000, 200, 8000000000, 600000000, 40000000`,
      ),
    );
  }
  const began = NOW - 2 * 3600_000;
  const items = 180;
  const ends = `case when i % ${items} = ${items - 1} then null else ${began} + (i % ${items} + 1) * 40000 end`;
  const from = `'d' || (i / ${items}), ${began} + (i % ${items}) * 40000, ${ends}, ${group(`(i / ${items})`)}`;
  const period = 'device_id, from_at, to_at, group_name';
  await run(
    rows(`playback_periods (${period}, item, playlist)`, DEVICES * items, `${from}, 'item' || (i % 12), 'Morning'`),
    rows(
      `connection_periods (${period}, status)`,
      DEVICES,
      `'d' || i, ${began}, cast(null as bigint), ${group('i')}, 'online'`,
    ),
    rows(
      `on_air_periods (${period}, status, why)`,
      DEVICES,
      `'d' || i, ${began}, cast(null as bigint), ${group('i')}, 'yes', 'playing'`,
    ),
    `insert into meta (key, value) values ('statistics_until', '${UNTIL}')`,
    'analyze',
  );
}

async function measure(database: Database): Promise<void> {
  const statistics = createStatistics(database.db, log);
  const spans = [
    ['90 days', { from: TODAY - 90 * DAY_MS, to: NOW }],
    ['90 days of a group', { from: TODAY - 90 * DAY_MS, to: NOW, group: 'g3' }],
    ['7 days', { from: TODAY - 7 * DAY_MS, to: NOW }],
    ['the last hour', { from: NOW - 3600_000, to: NOW }],
  ] as const;
  for (const [name, span] of spans) {
    const times: number[] = [];
    const cpu: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const start = performance.now();
      const used = process.cpuUsage();
      await statistics.summarize({ ...span, limit: 100 });
      times.push(performance.now() - start);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
    }
    times.sort((a, b) => a - b);
    cpu.sort((a, b) => a - b);
    const [min, median, max] = [0, ROUNDS >> 1, ROUNDS - 1].map((i) => Math.round(times[i] as number));
    console.log(
      `${database.kind.padEnd(9)} ${name.padEnd(20)} min ${min} · median ${median} · max ${max} ms · CPU of this process ${Math.round(cpu[ROUNDS >> 1] as number)} ms`,
    );
  }
}

async function bench(databaseUrl?: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigia-bench-'));
  const database = await openDatabase({ databaseUrl, dataDir, log });
  await fill(database);
  await measure(database);
  await database.close();
  await rm(dataDir, { recursive: true });
}

const only = process.argv[2];
if (only !== 'postgres') await bench();
if (only !== 'sqlite') {
  const postgres = await startPostgres();
  await bench(await postgres.createDatabase()).finally(() => postgres.remove());
}
