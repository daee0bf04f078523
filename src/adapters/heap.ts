import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Less is not worth a pause. */
const MIN_FREE_BYTES = 64 * 1024 * 1024;

/**
 * Lets the next full garbage collection compact the heap if the last one left the old space sparse: more than a quarter
 * of it free. It is sparse once thousands of devices have connected, and V8 would keep it so. Compacting takes 0.2 s
 * for 10,000 devices, and saves a quarter of their memory.
 */
export function compactSparseHeap(): void {
  new PerformanceObserver((list) => {
    if (!list.getEntries().some(isFull)) return;
    const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space');
    if (!old) return;
    const free = old.space_size - old.space_used_size;
    const isSparse = free > MIN_FREE_BYTES && free > old.space_size / 4;
    setFlagsFromString(isSparse ? '--compact-on-every-full-gc' : '--no-compact-on-every-full-gc');
  }).observe({ entryTypes: ['gc'] });
}

/** Node's types do not say what the entries of `gc` contain. */
const isFull = (entry: PerformanceEntry): boolean =>
  (entry as unknown as { detail: { kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
