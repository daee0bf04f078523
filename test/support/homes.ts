import { afterAll, inject, onTestFinished } from 'vitest';
import { type Home, type HomeOptions, openHome } from '../../src/adapters/database/home.ts';
import { createLogger } from '../../src/log.ts';
import { createDatabase, startPostgres, type TestPostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Place = Pick<HomeOptions, 'dataDir' | 'databaseUrl'>;

const both: [kind: Home['kind'], place: () => Promise<Place>][] = [
  ['sqlite', async () => ({ dataDir: await temporaryDirectory() })],
  ['postgres', async () => ({ dataDir: await temporaryDirectory(), databaseUrl: await freshDatabase() })],
];

/**
 * Both databases, for `describe.each`; only SQLite in `npm run test:unit`. `place` creates an empty one for this test.
 */
export const homes = both.filter(([kind]) => kind === 'sqlite' || !inject('nodeAlone'));

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
export async function openTestHome(place: Place, options: Partial<HomeOptions> = {}): Promise<Home> {
  const home = await openHome({ log, ...place, ...options });
  onTestFinished(() => home.close());
  return home;
}
