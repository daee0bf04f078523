/**
 * Fills the heap, drops most of it in pieces, and collects the garbage three times. Prints free ÷ used bytes of the heap
 * after each collection. With the argument `compact`, it does as the server does.
 */
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { compactSparseHeap } from '../../dist/src/adapters/heap.js';

if (process.argv[2] === 'compact') compactSparseHeap();
const pieces = Array.from({ length: 600_000 }, (_, i) =>
  Array.from({ length: 40 }, (_, j) => ({ i, j }) && i + j + 0.5),
);
globalThis.gc();
const kept = pieces.filter((_, i) => i % 3 === 0);
pieces.length = 0;
const shares = [];
for (let i = 0; i < 3; i++) {
  globalThis.gc();
  // The server learns of a collection afterwards.
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
  shares.push((total - used) / used);
}
console.log(JSON.stringify({ kept: kept.length, shares }));
