import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../support/sparse-heap.mjs', import.meta.url));

/** Free ÷ used bytes of a sparse heap, after each of three full collections. */
async function sharesOf(...args: string[]): Promise<number[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, ...args]);
  return JSON.parse(stdout).shares;
}

test('a sparse heap is compacted by the next full collection', async () => {
  const [usual, compacted] = await Promise.all([sharesOf(), sharesOf('compact')]);
  expect(usual.at(-1), 'V8 keeps it sparse').toBeGreaterThan(1);
  expect(compacted[0]).toBeGreaterThan(1);
  expect(compacted[1]).toBeLessThan(0.6);
});
