import { afterAll, inject, onTestFinished } from 'vitest';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/adapters/database/database.ts';
import { createLogger } from '../../src/log.ts';
import { createDatabase, startPostgres, type TestPostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Place = Pick<DatabaseOptions, 'dataDir' | 'databaseUrl'>;

const both: [kind: Database['kind'], place: () => Promise<Place>][] = [
  ['sqlite', async () => ({ dataDir: await temporaryDirectory() })],
  ['postgres', async () => ({ dataDir: await temporaryDirectory(), databaseUrl: await freshDatabase() })],
];

/**
 * Both databases, for `describe.each`; only SQLite in `npm run test:unit`. `place` creates an empty one for this test.
 */
export const databases = both.filter(([kind]) => kind === 'sqlite' || !inject('nodeAlone'));

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
let own: Promise<TestPostgres> | undefined;

/** A PostgreSQL server for this test file only, which may be stopped; started on first use. */
export function ownPostgres(): Promise<TestPostgres> {
  own ??= startPostgres();
  return own;
}

afterAll(async () => {
  await (await own)?.remove();
  own = undefined;
});

/** The URL of an empty database, on the server of the whole run if there is one, otherwise on the file's own. */
export async function freshDatabase(): Promise<string> {
  const shared = inject('postgres');
  return shared ? createDatabase(shared) : (await ownPostgres()).createDatabase();
}

/** An open database, closed at the end of the test at the latest. */
export async function openTestDatabase(place: Place, options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = await openDatabase({ log, ...place, ...options });
  onTestFinished(() => database.close());
  return database;
}
