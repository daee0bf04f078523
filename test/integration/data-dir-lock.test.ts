import { once } from 'node:events';
import { mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LockedError, lockDataDir } from '../../src/adapters/files/lock.ts';
import { killHard, startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function take(dir: string) {
  const lock = await lockDataDir(dir);
  onTestFinished(() => lock.release());
  return lock;
}

test('a DATA_DIR in use is refused, and the error names its owner', async () => {
  const dir = await temporaryDirectory();
  await take(dir);
  await expect(lockDataDir(dir)).rejects.toThrow(`DATA_DIR ${dir} is in use by process ${process.pid}.`);
});

test('another process is refused as well', async () => {
  const dir = await temporaryDirectory();
  await take(dir);
  const { lines } = startChild('lock-holder.ts', dir);
  const [line] = await once(lines, 'line');
  expect(line).toContain(`DATA_DIR ${dir} is in use by process ${process.pid}.`);
});

test('after a release it is free, and no files remain', async () => {
  const dir = await temporaryDirectory();
  for (let i = 0; i < 5; i++) await (await lockDataDir(dir)).release();
  expect(await readdir(dir)).toEqual([]);
});

test('the lock of a killed owner is free at once', async () => {
  const dir = await temporaryDirectory();
  const { child, lines } = startChild('lock-holder.ts', dir);
  expect(await once(lines, 'line')).toEqual(['locked']);
  await expect(lockDataDir(dir)).rejects.toThrow(`in use by process ${child.pid}`);
  await killHard(child);
  expect(await readdir(dir)).toHaveLength(1);
  await take(dir);
  expect(await readdir(dir)).toHaveLength(1);
});

test('an owner that hangs still owns it', async () => {
  const dir = await temporaryDirectory();
  const { child, lines } = startChild('lock-holder.ts', dir);
  expect(await once(lines, 'line')).toEqual(['locked']);
  child.kill('SIGSTOP');
  await expect(lockDataDir(dir)).rejects.toThrow(`DATA_DIR ${dir} is in use by a process that does not respond.`);
});

test('of many that start at once exactly one gets it, whatever dead processes left behind', async () => {
  for (let round = 0; round < 30; round++) {
    const dir = await temporaryDirectory();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dir)));
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(LockedError);
    await winners[0]?.value.release();
  }
});

test('of several processes that start on a stale lock exactly one gets it', async () => {
  const dir = await temporaryDirectory();
  const dead = startChild('lock-holder.ts', dir);
  await once(dead.lines, 'line');
  await killHard(dead.child);

  const starters = Array.from({ length: 4 }, () => startChild('lock-holder.ts', dir));
  const said = await Promise.all(starters.map(async ({ lines }) => (await once(lines, 'line'))[0] as string));
  expect(said.filter((line) => line === 'locked')).toHaveLength(1);
  expect(said.filter((line) => line.includes('is in use by process'))).toHaveLength(3);
});

test('a missing directory is created, accessible to the owner only', async () => {
  const dir = join(await temporaryDirectory(), 'new', 'data');
  await take(dir);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
});

test('the path may be long, and another path to the same directory is the same lock', async () => {
  const parent = await temporaryDirectory();
  const dir = join(parent, 'a'.repeat(120), 'b'.repeat(120));
  await mkdir(dir, { recursive: true });
  await symlink(dir, join(parent, 'link'));
  await take(dir);
  await expect(lockDataDir(join(parent, 'link'))).rejects.toThrow('in use');
});

test('a path that is no directory gives a clear error', async () => {
  await expect(lockDataDir('/dev/null')).rejects.toThrow('DATA_DIR /dev/null cannot be used: ');
});
