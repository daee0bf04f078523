import { readFileSync, writeFileSync } from 'node:fs';
import type { TestServer } from './server.ts';

/** Starts measuring the process's memory; the returned function gives its peak growth in MiB. */
export function peakOf(server: TestServer): () => number {
  const read = (what: string) =>
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
  const first = read('VmRSS');
  return () => read('VmHWM') - first;
}
