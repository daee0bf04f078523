import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests make their databases. */
    postgres?: string;
    /** Nothing may be needed but Node. */
    nodeAlone?: boolean;
  }
}

/** One PostgreSQL server for the whole run: to make one takes longer than most tests. */
export default async function sharePostgres({ provide }: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  provide('postgres', postgres.url);
  return () => postgres.remove();
}
