import { statfsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { isLow, watchFreeSpace } from '../../src/adapters/files/free-space.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const GB = 1024 ** 3;

test.each([
  ['a small disk, nearly full', 0.4 * GB, 10 * GB, true],
  ['a large disk with little room in percent, and enough in bytes', 20 * GB, 1000 * GB, false],
  ['a small disk with little room in bytes, and enough in percent', 0.5 * GB, 2 * GB, false],
  ['one of which nothing is known yet', 0, 0, false],
])('server_disk_full: %s', (_, free, size, low) => {
  expect(isLow(free, size)).toBe(low);
});

test('M1 the disk with the data is measured as soon as the server starts', async () => {
  const directory = await temporaryDirectory();
  const space = watchFreeSpace(directory);
  onTestFinished(() => space.stop());
  const { blocks, bsize } = statfsSync(directory);
  await expect.poll(() => space.sizeBytes).toBe(blocks * bsize);
  expect(space.freeBytes).toBeGreaterThan(0);
  expect(space.freeBytes).toBeLessThanOrEqual(space.sizeBytes);
});
