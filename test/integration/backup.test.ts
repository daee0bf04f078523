import { execFileSync } from 'node:child_process';
import { chown, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { finishRestore } from '../../src/adapters/files/restore-swap.ts';
import { freshDatabase, openTestDatabase, type Place } from '../support/databases.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

const vigia = (dataDir: string, ...args: string[]) => startVigia({ DATA_DIR: dataDir }, args).ran;

/** All rows of all tables, except the one that records a clean stop. */
async function rowsOf(place: Place): Promise<Record<string, unknown[]>> {
  const database = await openTestDatabase(place);
  const { rows: names } = await (database.kind === 'sqlite'
    ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
    : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`
  ).execute(database.db);
  const all: Record<string, unknown[]> = {};
  for (const { name } of names) {
    if (name.endsWith('migrations')) continue;
    const { rows } = await sql<{ key?: string }>`select * from ${sql.table(name)}`.execute(database.db);
    const kept = rows
      .filter(({ key }) => !key?.startsWith('running:'))
      .map((row) => JSON.stringify(Object.entries(row).sort()));
    all[name] = kept.sort();
  }
  await database.close();
  return all;
}

/** A stopped server's DATA_DIR with rows in many tables, and a picture. */
async function lived() {
  const server = await startServer({ ADMIN_TOKEN: '', PLAYER_TOKEN: '' });
  const secrets = JSON.parse(await readFile(join(server.dataDir, 'secrets.json'), 'utf8'));
  const token = secrets.adminToken as string;
  for (const id of ['c', 'a', 'b']) await server.call('/devices', { id, name: 'Küche ☕ "1"' }, { token });
  await server.call('/devices/a/commands', { command: 'vlc:play' }, { token });
  await server.call('/tokens', { name: 'wall', role: 'viewer' }, { token });
  await mkdir(join(server.dataDir, 'snapshots', 'ab'), { recursive: true });
  await writeFile(join(server.dataDir, 'snapshots', 'ab', 'p-1.webp'), Buffer.from([0, 1, 2, 255]));
  await server.stop();
  return { server, token, dataDir: server.dataDir };
}

test('B1 a backup restores every table, the secrets and the pictures', async () => {
  const { dataDir, token, server } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  expect(await vigia(dataDir, 'backup', file)).toMatchObject({ code: 0 });
  expect((await stat(file)).mode & 0o777, 'nobody else reads it').toBe(0o600);
  const fresh = join(await temporaryDirectory(), 'data');
  expect(await vigia(fresh, 'restore', file)).toMatchObject({ code: 0 });

  const [before, after] = [await rowsOf({ dataDir }), await rowsOf({ dataDir: fresh })];
  expect(after).toEqual(before);
  for (const table of ['devices', 'commands', 'admin_tokens', 'device_tokens', 'audit']) {
    expect(after[table]?.length, table).toBeGreaterThan(0);
  }
  for (const name of ['secrets.json', 'snapshots/ab/p-1.webp']) {
    expect(await readFile(join(fresh, name))).toEqual(await readFile(join(dataDir, name)));
  }
  const again = await server.restart({ DATA_DIR: fresh });
  const { status, body } = await again.call('/devices/a', undefined, { token });
  expect([status, body.document.name]).toEqual([200, 'Küche ☕ "1"']);
});

test('B2 a backup taken under load is a consistent snapshot', async () => {
  const server = await startServer();
  const DEVICES = 10;
  for (let i = 0; i < DEVICES; i++) await server.call('/devices', { id: `d-${i}` });
  // Consecutive edits, each recorded before the next: at any moment the names are consecutive numbers.
  let written = -1;
  let isOver = false;
  const editing = (async () => {
    for (let i = 0; !isOver; i++) {
      await server.call(`/devices/d-${i % DEVICES}`, { name: String(i) }, { method: 'PATCH' });
      written = i;
    }
  })();
  await expect.poll(() => written).toBeGreaterThan(2 * DEVICES);
  const atStart = written;
  const file = join(await temporaryDirectory(), 'vigia.backup');
  expect(await vigia(server.dataDir, 'backup', file)).toMatchObject({ code: 0 });
  const atEnd = written + 1;
  isOver = true;
  await editing;
  expect(atEnd - atStart, 'it went on meanwhile').toBeGreaterThan(3);

  const fresh = join(await temporaryDirectory(), 'data');
  expect(await vigia(fresh, 'restore', file)).toMatchObject({ code: 0 });
  const database = await openTestDatabase({ dataDir: fresh });
  const devices = await database.db.selectFrom('devices').select('record').execute();
  await database.close();
  const names = devices.map(({ record }) => Number(JSON.parse(record).document.name)).sort((a, b) => a - b);
  const [first = Number.NaN] = names;
  expect(names).toEqual(Array.from({ length: DEVICES }, (_, i) => first + i));
  expect(names.at(-1)).toBeGreaterThanOrEqual(atStart);
  expect(names.at(-1)).toBeLessThanOrEqual(atEnd);
});

test('B3 restore refuses to overwrite data, a running server’s DATA_DIR, and files that are no backup', async () => {
  const { dataDir } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const before = await rowsOf({ dataDir });

  const twice = await vigia(dataDir, 'backup', file);
  expect(twice).toMatchObject({ code: 1, stderr: `${file} already exists. Choose another name.\n` });
  const over = await vigia(dataDir, 'restore', file);
  expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('already contains data') });

  const damaged = join(await temporaryDirectory(), 'damaged');
  const bytes = await readFile(file);
  await writeFile(damaged, bytes.fill(7, 5000, 9000));
  for (const bad of [damaged, '/dev/null', '/nowhere']) {
    const refused = await vigia(dataDir, 'restore', bad, '--force');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await rowsOf({ dataDir }), 'nothing was touched').toEqual(before);
  expect((await readdir(dataDir)).filter((name) => /restor/.test(name))).toEqual([]);

  const running = await startServer();
  const locked = await vigia(running.dataDir, 'restore', file, '--force');
  expect(locked).toMatchObject({ code: 1, stderr: expect.stringMatching(/is in use by process \d+/) });
  await running.stop();
  const forced = await vigia(running.dataDir, 'restore', file, '--force');
  expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('before-restore-') });
  expect(await rowsOf({ dataDir: running.dataDir })).toEqual(before);
});

/** Kills its process before it renames for the nth time; or that fails, because the disk is full. */
const killedAt = (n: number, end = "process.kill(process.pid, 'SIGKILL') && new Promise(() => {})") => {
  const code = `import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module';
    let left = ${n}; const { rename } = fs;
    fs.rename = (...names) => (--left > 0 ? rename(...names) : ${end});
    syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
};

test('B3 a restore that is killed on the way is completed by the next one or by the next start, or has changed nothing', async () => {
  const { dataDir, server, token } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const other = await startServer();
  await other.call('/devices', { id: 'old' });
  await other.stop();
  const idsIn = async (place: string) => {
    const database = await openTestDatabase({ dataDir: place });
    const rows = await database.db.selectFrom('devices').select('id').orderBy('id').execute();
    await database.close();
    return rows.map(({ id }) => id).join('');
  };
  const found = new Set<string>();
  let started = false;
  // Before anything is replaced, between two of the previous files, before the first restored one, and after it.
  for (const n of [2, 4, 6, 7]) {
    const place = join(await temporaryDirectory(), 'data');
    await cp(other.dataDir, place, { recursive: true });
    const killed = startVigia({ DATA_DIR: place, NODE_OPTIONS: killedAt(n) }, ['restore', file, '--force']);
    expect(await killed.ran).toMatchObject({ code: null });
    const isWithout = !(await readdir(place)).includes('vigia.db');
    if (isWithout && !started) {
      started = true;
      const again = await server.restart({ DATA_DIR: place });
      expect((await again.call('/devices', undefined, { token })).body.devices).toHaveLength(3);
      await again.stop();
    } else if (isWithout) {
      const next = await vigia(place, 'restore', file);
      expect(next).toMatchObject({ code: 1, stderr: expect.stringContaining('is complete now') });
    } else await finishRestore(place);
    const ids = await idsIn(place);
    found.add(ids);
    if (ids === 'old') continue;
    expect(ids).toBe('abc');
    expect(await readFile(join(place, 'secrets.json'))).toEqual(await readFile(join(dataDir, 'secrets.json')));
    const aside = (await readdir(place)).find((name) => name.startsWith('before-restore-'));
    expect(await idsIn(join(place, aside as string)), `killed at ${n}`).toBe('old');
    expect((await readdir(place)).filter((name) => name.startsWith('.restore-'))).toEqual([]);
  }
  expect(found).toEqual(new Set(['old', 'abc']));
});

test('B3 I13 a restore that finds the disk full while it replaces the files says where they are, and keeps them', async () => {
  const { dataDir } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const before = await rowsOf({ dataDir });
  const full = killedAt(4, "Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))");
  const { code, stderr } = await startVigia({ DATA_DIR: dataDir, NODE_OPTIONS: full }, ['restore', file, '--force'])
    .ran;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /ENOSPC.* the rest is in \S+\/\.restore-leaving\. .*the next start completes the restore\.\n$/,
  );
  expect(stderr).not.toContain('nothing was changed');
  expect(await finishRestore(dataDir)).toEqual({ aside: expect.stringContaining('before-restore-') });
  expect(await rowsOf({ dataDir })).toEqual(before);
});

/** A disk of its own at this place; requires root. */
async function mounted(place: string): Promise<string> {
  await mkdir(place, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place], { stdio: 'pipe' });
  onTestFinished(() => void execFileSync('umount', ['--lazy', place]));
  return place;
}

test('B3 the pictures may be on a disk of their own, also if the restore is killed on the way', async () => {
  const { dataDir } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const place = join(await temporaryDirectory(), 'data');
  const pictures = await mounted(join(place, 'snapshots'));
  await mkdir(join(pictures, 'lost+found'));
  const picture = await readFile(join(dataDir, 'snapshots', 'ab', 'p-1.webp'));
  // An empty disk is no data.
  expect(await vigia(place, 'restore', file)).toMatchObject({ code: 0 });
  expect(await readFile(join(pictures, 'ab', 'p-1.webp'))).toEqual(picture);

  await writeFile(join(pictures, 'ab', 'old.webp'), 'old');
  // Before the previous pictures move, before one of them does, and before the restored ones do.
  for (const n of [4, 5, 9]) {
    const killed = startVigia({ DATA_DIR: place, NODE_OPTIONS: killedAt(n) }, ['restore', file, '--force']);
    expect(await killed.ran).toMatchObject({ code: null });
    const aside = (await finishRestore(place))?.aside as string;
    expect((await readdir(pictures)).sort(), `killed at ${n}`).toEqual(['ab', 'lost+found']);
    expect(await readdir(join(pictures, 'ab'))).toEqual(['p-1.webp']);
    expect(await readFile(join(pictures, 'ab', 'p-1.webp'))).toEqual(picture);
    expect((await readdir(join(aside, 'snapshots', 'ab'))).sort()).toEqual(['old.webp', 'p-1.webp']);
    expect(await rowsOf({ dataDir: place })).toEqual(await rowsOf({ dataDir: aside }));
    await writeFile(join(pictures, 'ab', 'old.webp'), 'old');
  }
});

test('B3 I13 a single file that is mounted cannot be replaced: the restore says so before it changes anything', async () => {
  const { dataDir } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const secrets = join(dataDir, 'secrets.json');
  execFileSync('mount', ['--bind', secrets, secrets], { stdio: 'pipe' });
  onTestFinished(() => void execFileSync('umount', ['--lazy', secrets]));
  const before = (await readdir(dataDir)).sort();
  const { code, stderr } = await vigia(dataDir, 'restore', file, '--force');
  expect([code, stderr]).toEqual([1, expect.stringContaining(`${secrets} is mounted by itself`)]);
  expect((await readdir(dataDir)).sort()).toEqual(before);
});

test.skipIf(process.getuid?.() !== 0)('B5 what root restores belongs to the owner of DATA_DIR', async () => {
  const { dataDir } = await lived();
  const file = join(await temporaryDirectory(), 'vigia.backup');
  await vigia(dataDir, 'backup', file);
  const nobody = 65_534;
  await chown(dataDir, nobody, nobody);
  expect(await vigia(dataDir, 'restore', file, '--force')).toMatchObject({ code: 0 });
  const names = await readdir(dataDir, { recursive: true });
  const restored = names.filter((name) => !/^before-restore-\w+\//.test(name));
  expect(restored).toContain('snapshots/ab/p-1.webp');
  for (const name of restored) expect((await stat(join(dataDir, name))).uid, name).toBe(nobody);
});

test('B4 migrate-to copies every row to an empty PostgreSQL database, from which the server continues', async () => {
  const { dataDir, token, server } = await lived();
  const databaseUrl = await freshDatabase();
  const moved = await vigia(dataDir, 'migrate-to', databaseUrl);
  expect(moved).toMatchObject({ code: 0 });
  expect(moved.stderr).toMatch(/ 3 {2}devices\n/);
  expect(await rowsOf({ dataDir, databaseUrl })).toEqual(await rowsOf({ dataDir }));

  const again = await vigia(dataDir, 'migrate-to', databaseUrl);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('not empty') });
  expect(again.stderr).not.toContain(new URL(databaseUrl).password);
  const on = await server.restart({ DATABASE_URL: databaseUrl });
  expect((await on.call('/devices', undefined, { token })).body.devices).toHaveLength(3);
  const locked = await vigia(dataDir, 'migrate-to', databaseUrl);
  expect(locked).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use') });
});
