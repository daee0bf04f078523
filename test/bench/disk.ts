import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { openDatabase } from '../../src/adapters/database/database.ts';
import { createJournal } from '../../src/adapters/database/journal/journal.ts';
import { openSqlite } from '../../src/adapters/database/sqlite.ts';
import { openPeriods } from '../../src/adapters/database/statistics/periods.ts';
import { diff, newDocument } from '../../src/fleet/document.ts';
import { boundariesOf } from '../../src/fleet/periods.ts';
import { createLogger } from '../../src/log.ts';
import type { DeviceDocument, JsonObject } from '../../src/protocol/document.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

/**
 * `npm run bench:disk [-- --devices N --reports N]`: growth of the SQLite file per report of an idle fleet. Each device
 * reports every 30 s; every fifth report has another item, and every tenth publishes volatile fields. Includes the
 * statistics' periods, but not the first document of each device, which an idle fleet already has.
 */
const { values } = parseArgs({
  options: { devices: { type: 'string', default: '1000' }, reports: { type: 'string', default: '500' } },
});
const [devices, reports] = [Number(values.devices), Number(values.reports)];
const INTERVAL_MS = 30_000;
/** Number of slices that the reports of an interval are spread over. */
const SLICES = 30;
const GOAL_BYTES = 150;

const dataDir = await mkdtemp(join(tmpdir(), 'vigia-bench-disk-'));
const file = join(dataDir, 'vigia.db');
const clock = simulatedClock(Date.UTC(2026, 2, 1));
const log = createLogger({ logLevel: 'error', nodeId: 'bench' });
const database = await openDatabase({ dataDir, log });
const journal = createJournal({ database, clock, log });
const periods = openPeriods({ database, clock, log });

interface Device {
  id: string;
  document: DeviceDocument;
  version: number;
}

const iso = (ms: number) => new Date(ms).toISOString();
const digits = () => Math.round(Math.random() * 1e14) / 1e14;
const clip = () => `spring-offers-${Math.floor(Math.random() * 7)}.mp4`;

function media() {
  const lengthS = 15 + Math.floor(Math.random() * 280);
  const position = digits();
  return { currentItem: clip(), position, time: Math.floor(position * lengthS), length: lengthS };
}

function stateOf(n: number): JsonObject {
  const address = (net: number) => ({
    address: `10.${net}.${n >> 8}.${n & 255}`,
    netmask: '255.255.0.0',
    mac: '02:00:00:00:00:01',
    internal: false,
  });
  const ticks = ticksAt(clock.now());
  return {
    timestamp: ticks.timestamp,
    system: {
      hostname: `screen-${n}`,
      platform: 'linux',
      arch: 'arm64',
      release: '6.6.20-v8+',
      cpus: 4,
      totalMem: 3_900_000_000,
      network: { lo: address(0), eth0: address(1), wlan0: address(2) },
      ...ticks.system,
    },
    storage: {
      playlistDirectory: './public/playlists',
      videosStats: { exists: true, isDirectory: true, size: 0, fileCount: 0 },
      totalSpace: 61_000_000_000,
      ...ticks.storage,
    },
    vlc: {
      connected: true,
      playing: true,
      paused: false,
      stopped: false,
      ...media(),
      volume: 0,
      random: false,
      repeat: false,
      fullscreen: true,
    },
    app: {
      deviceId: idOf(n),
      deviceName: `screen-${n}`,
      deviceType: 'player',
      deviceGroup: 'ground-floor',
      server: { port: 3000, host: '0.0.0.0' },
      vlcConfig: { host: 'localhost', port: 8080 },
      version: '1.0.0',
      startTime: ticks.timestamp,
      nodeVersion: 'v22.14.0',
    },
    activePlaylist: {
      playlistName: 'spring-offers',
      playlistPath: 'playlists/spring-offers/spring-offers.m3u',
      lastLoaded: ticks.timestamp,
      isActive: true,
      isDefault: false,
      currentIndex: 0,
      fileCount: 7,
    },
    snapshot: { url: null, createdAt: null },
  } as unknown as JsonObject;
}

const idOf = (n: number) => (0x1a2b3c4d + n * 7919).toString(16);

/**
 * The fields that change with every measurement. A player reads the times of its sections some tenths of a second
 * apart.
 */
function ticksAt(at: number) {
  const before = () => iso(at - Math.floor(Math.random() * 400));
  const free = 39_000_000_000 + Math.floor(Math.random() * 1e9);
  const load = () => Math.round(Math.random() * 300) / 100;
  return {
    timestamp: before(),
    system: {
      freeMem: 1_700_000_000 + Math.floor(Math.random() * 3e8),
      uptime: Math.round(Math.random() * 1e8) / 100,
      loadavg: [load(), load(), load()],
      timestamp: before(),
    },
    storage: { freeSpace: free, usedSpace: 61_000_000_000 - free, timestamp: before() },
  };
}

/** With `ticks`, all volatile fields changed; otherwise another item, with the volatile fields of its section. */
function report({ document }: Device, isItem: boolean, ticks: boolean): DeviceDocument {
  const at = clock.now();
  const was = document.state as Record<string, JsonObject>;
  const state: Record<string, unknown> = { ...was };
  const vlc = was.vlc as JsonObject;
  const now = media();
  state.vlc = { ...vlc, ...now, ...(isItem ? {} : { currentItem: vlc.currentItem, length: vlc.length }) };
  if (ticks) {
    const moved = ticksAt(at);
    state.timestamp = moved.timestamp;
    state.system = { ...was.system, ...moved.system };
    state.storage = { ...was.storage, ...moved.storage };
    state.app = { ...was.app, startTime: moved.timestamp };
    state.activePlaylist = { ...was.activePlaylist, currentIndex: Math.floor(Math.random() * 7) };
  }
  const item = (state.vlc as JsonObject).currentItem as string;
  return {
    ...document,
    connection: { ...document.connection, lastSeenAt: iso(at), clockSkewMs: Math.floor(Math.random() * 50) },
    report: { ...document.report, receivedAt: iso(at), measuredAt: iso(at - Math.floor(Math.random() * 3000)) },
    playback: { ...document.playback, item },
    state: state as JsonObject,
  };
}

function first(n: number): Device {
  const id = idOf(n);
  const at = iso(clock.now());
  const document = newDocument(id, clock.now(), INTERVAL_MS);
  const { reason: _, ...connection } = document.connection;
  return {
    id,
    version: 0,
    document: {
      ...document,
      name: `screen-${n}`,
      type: 'player',
      group: 'ground-floor',
      appVersion: '1.0.0',
      connection: {
        ...connection,
        status: 'online',
        lastSeenAt: at,
        address: `10.1.${n >> 8}.${n & 255}`,
        sessionId: 'k3J8dLx0PqRs7TuVAAAB',
        node: 'node-1',
        clockSkewMs: 3,
      },
      report: { status: 'live', receivedAt: at, measuredAt: at, intervalMs: INTERVAL_MS },
      playback: { ...document.playback, status: 'playing', item: 'spring-offers-0.mp4', playlist: 'spring-offers' },
      onAir: { status: 'yes', since: at, why: 'playing' },
      state: stateOf(n),
    },
  };
}

let changes = 0;

function become(device: Device, after: () => DeviceDocument): void {
  const before = device.version === 0 ? undefined : device.document;
  device.document = after();
  const head = { deviceId: device.id, version: ++device.version, at: iso(clock.now()) };
  const patch = before && diff(before, device.document);
  const boundaries = boundariesOf(device.document, before, clock.now());
  journal.changed(patch ? { ...head, patch } : { ...head, document: device.document }, device.document);
  periods.add(device.id, boundaries);
  changes++;
}

/** Advances one slice of the interval. */
async function pass(): Promise<void> {
  await clock.advance(INTERVAL_MS / SLICES);
  await journal.written();
}

/** CPU time of the main thread, as accounted by Linux. */
function mainThreadMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

async function sizeOf(): Promise<number> {
  const writer = openSqlite({ path: file, readOnly: false });
  await sql`pragma wal_checkpoint(TRUNCATE)`.execute(writer.db);
  await writer.db.destroy();
  return (await stat(file)).size;
}

try {
  const fleet = Array.from({ length: devices }, (_, n) => first(n));
  for (const device of fleet) become(device, () => device.document);
  for (let n = 0; n < 3; n++) await pass();
  const before = await sizeOf();
  changes = 0;
  const cpu = mainThreadMs();
  for (let n = 1; n <= reports; n++) {
    for (let slice = 0; slice < SLICES; slice++) {
      for (let i = slice; i < devices; i += SLICES) {
        // Staggered by device.
        const [isItem, ticks] = [(n + i) % 5 === 0, (n + i) % 10 === 3];
        const device = fleet[i] as Device;
        if (isItem || ticks) become(device, () => report(device, isItem, ticks));
      }
      await pass();
    }
  }
  const spentMs = mainThreadMs() - cpu;
  const bytes = ((await sizeOf()) - before) / (devices * reports);
  console.log(`${devices} devices, ${reports} reports each, ${changes} changes`);
  console.log(`${bytes.toFixed(1)} bytes per report (goal: ${GOAL_BYTES}) ${bytes <= GOAL_BYTES ? '✓' : '✗'}`);
  console.log(`${((spentMs * 1000) / changes).toFixed(0)} µs of main thread time per change, including its generation`);
  const { rows } = await sql<{ name: string; bytes: number; rows: number }>`select name, sum(pgsize) as bytes,
    sum(ncell) as rows from dbstat group by name having bytes > 65536 order by bytes desc`.execute(database.db);
  for (const row of rows)
    console.log(`  ${row.name}: ${(row.bytes / 1e6).toFixed(2)} MB, ${(row.bytes / row.rows).toFixed(0)} per row`);
  process.exitCode = bytes <= GOAL_BYTES ? 0 : 1;
} finally {
  await Promise.all([journal.close(), periods.close()]);
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
}
