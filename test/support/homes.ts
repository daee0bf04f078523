import { afterAll, onTestFinished } from 'vitest';
import { type Home, type HomeOptions, openHome } from '../../src/adapters/database/home.ts';
import { createLogger } from '../../src/log.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Place = Pick<HomeOptions, 'dataDir' | 'databaseUrl'>;

/** Both homes, for `describe.each`: `place` makes an empty one of this test's own. */
export const homes: [kind: Home['kind'], place: () => Promise<Place>][] = [
  ['sqlite', async () => ({ dataDir: await temporaryDirectory() })],
  ['postgres', async () => ({ dataDir: await temporaryDirectory(), databaseUrl: await freshDatabase() })],
];

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
let shared: Promise<TestPostgres> | undefined;

/** The one PostgreSQL server of this test file, started when first asked for. */
export function sharedPostgres(): Promise<TestPostgres> {
  shared ??= startPostgres();
  return shared;
}

afterAll(async () => {
  await (await shared)?.remove();
  shared = undefined;
});

/** The URL of an empty database on the shared server. */
export async function freshDatabase(): Promise<string> {
  return (await sharedPostgres()).createDatabase();
}

/** An open home, closed at the end of the test if it is not by then. */
export async function openTestHome(place: Place, options: Partial<HomeOptions> = {}): Promise<Home> {
  const home = await openHome({ log, ...place, ...options });
  onTestFinished(() => home.close());
  return home;
}
