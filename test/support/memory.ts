import { readFileSync, writeFileSync } from 'node:fs';
import type { TestServer } from './server.ts';

/** Begins to look at how much memory the process takes; what it gives is the most it has grown since, in MiB. */
export function peakOf(server: TestServer): () => number {
  const read = (what: string) =>
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
  const first = read('VmRSS');
  return () => read('VmHWM') - first;
}
