import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/adapters/database/database.ts';
import { createHistory } from '../../src/adapters/database/journal/history.ts';
import { newDocument } from '../../src/fleet/document.ts';
import { createLogger } from '../../src/log.ts';
import type { History } from '../../src/ports/history.ts';
import { startPostgres } from '../support/postgres.ts';

/**
 * `npm run bench:history [-- --rows N --devices N --questions N --database sqlite|postgres]`: latency of history queries
 * with this many changes stored. Rows are inserted as in production: ordered by time, with all devices mixed.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    devices: { type: 'string', default: '1000' },
    questions: { type: 'string', default: '2000' },
    database: { type: 'string' },
  },
});
const [rows, devices, questions] = [Number(values.rows), Number(values.devices), Number(values.questions)];
const versions = Math.floor(rows / devices);
const START = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 60_000;
const GOAL_MS = 50;
/** One transaction contains changes of all devices. */
const VERSIONS_A_WRITE = Math.max(1, Math.floor(50_000 / devices));
const log = createLogger({ logLevel: 'error', nodeId: 'bench' });

const say = (line: string) => process.stdout.write(`${line}\n`);
const nameOf = (device: number) => `device-${String(device).padStart(6, '0')}`;

async function fill(database: Database): Promise<void> {
  const state = {
    timestamp: 0,
    system: { hostname: 'screen', uptime: 1, memory: { total: 8_000_000, free: 4_000_000 }, load: [0.1, 0.2, 0.3] },
    vlc: { state: 'playing', time: 0, length: 600, media: 'welcome.mp4', volume: 80 },
    activePlaylist: { items: Array.from({ length: 10 }, (_, i) => ({ id: i, name: `clip-${i}.mp4`, durationS: 30 })) },
  };
  const document = JSON.stringify({ ...newDocument('device', START, 30_000), state });
  const paths = ['/state/vlc/time', '/state/system/uptime', '/connection/lastSeenAt'];
  await database.write([database.db.insertInto('change_paths').values(paths.map((path, i) => ({ id: i + 1, path })))]);
  for (let from = 1; from <= versions; from += VERSIONS_A_WRITE) {
    const to = Math.min(versions, from + VERSIONS_A_WRITE - 1);
    const numbers = (name: string, first: number, last: number) =>
      database.kind === 'postgres'
        ? sql`${sql.raw(name)} as (select generate_series(${sql.lit(first)}, ${sql.lit(last)}) as n)`
        : sql`${sql.raw(name)} as (select ${sql.lit(first)} as n union all select n + 1 from ${sql.raw(name)} where n < ${sql.lit(last)})`;
    const device = database.kind === 'postgres' ? sql`lpad(d.n::text, 6, '0')` : sql`printf('%06d', d.n)`;
    const both = sql`with recursive ${numbers('v', from, to)}, ${numbers('d', 0, devices - 1)}`;
    // The stored form once the paths have numbers.
    const patch = sql`'[1,' || v.n || ',2,' || (v.n * 60) || ',-3,0]'`;
    const at = sql`${sql.lit(START)} + v.n * ${sql.lit(INTERVAL_MS)} + d.n`;
    const order = sql`order by v.n, d.n`;
    const changes = sql`insert into changes (device_id, version, at, kind, patch) ${both}
      select 'device-' || ${device}, v.n, ${at}, case when v.n = 1 then 'document' else 'p' end,
        case when v.n = 1 then null else ${patch} end from v cross join d ${order}`;
    const keyframes = sql`insert into keyframes (device_id, version, at, document) ${both}
      select 'device-' || ${device}, v.n, ${at}, ${sql.lit(document)} from v cross join d where v.n % 100 = 1 ${order}`;
    await database.write([changes, keyframes].map((it) => ({ compile: () => it.compile(database.db) })));
  }
}

async function measure(what: string, ask: () => Promise<unknown>): Promise<boolean> {
  const times: number[] = [];
  for (let n = 0; n < questions; n++) {
    const from = performance.now();
    await ask();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] as number).toFixed(2);
  const reached = Number(at(0.99)) <= GOAL_MS;
  say(`| ${what} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${reached ? '✓' : '✗'} |`);
  return reached;
}

async function run(database: Database): Promise<boolean> {
  const began = performance.now();
  await fill(database);
  // What PostgreSQL does on its own over weeks; otherwise, the first readers of the rows would pay for it.
  const settling = database.kind === 'postgres' ? ['vacuum analyze', 'checkpoint'] : [];
  for (const text of settling) await database.write([{ compile: () => sql.raw(text).compile(database.db) }]);
  say(
    `\n${database.kind}: ${rows.toLocaleString('en')} changes of ${devices.toLocaleString('en')} devices, written in ${Math.round((performance.now() - began) / 1000)} s`,
  );
  const history: History = createHistory({ db: database.db, journal: { written: async () => {} }, log });
  const someone = () => nameOf(Math.floor(Math.random() * devices));
  const sometime = () => START + Math.floor((1 + Math.random() * versions) * INTERVAL_MS) + devices;
  const stateAt = async () => {
    const past = await history.stateAt(someone(), sometime());
    if (!past) throw new Error('A past state is missing.');
  };
  const page = (limit: number) => async () => {
    const { changes } = await history.changes({ deviceId: someone(), from: sometime(), limit });
    if (changes.length > limit) throw new Error('The page exceeds its limit.');
  };
  say('| ms | p50 | p99 | max | p99 ≤ 50 |\n|---|---:|---:|---:|---|');
  const reached = [
    await measure('state at a random moment', stateAt),
    await measure('page of 100 changes', page(100)),
    await measure('page of 1,000 changes', page(1000)),
  ];
  return reached.every((it) => it);
}

const dataDir = await mkdtemp(join(tmpdir(), 'vigia-bench-history-'));
let allReached = true;
try {
  if (values.database !== 'postgres') {
    const database = await openDatabase({ dataDir, log });
    allReached = (await run(database)) && allReached;
    await database.close();
  }
  if (values.database !== 'sqlite') {
    const server = await startPostgres();
    try {
      const database = await openDatabase({ dataDir, databaseUrl: await server.createDatabase(), log });
      allReached = (await run(database)) && allReached;
      await database.close();
    } finally {
      await server.remove();
    }
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
process.exitCode = allReached ? 0 : 1;
