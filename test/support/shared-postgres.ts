import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server for databases of tests. */
    postgres?: string;
    /** Only Node may be used. */
    nodeAlone?: boolean;
  }
}

/** One PostgreSQL server for the whole run, since starting one takes longer than most tests. */
export default async function sharePostgres({ provide }: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  provide('postgres', postgres.url);
  return () => postgres.remove();
}
