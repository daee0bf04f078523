// Runs on what is built, as a start by a loader would take longer than the test of it.
import { openHome } from '../../dist/src/adapters/database/home.js';
import { openStateStore } from '../../dist/src/adapters/database/state-store.js';

/**
 * Puts ever higher versions of ten devices, each with a command that ended and a token, and says which were committed.
 * Somebody else ends it. Arguments: the data directory, the first number, the database's URL if it is not SQLite.
 */
const [dataDir, first, databaseUrl] = process.argv.slice(2);
const log = { info() {}, warn() {}, error() {} };
const store = await openStateStore(await openHome({ dataDir, databaseUrl, log }), log);
for (let n = Number(first); ; n++) {
  store.put('devices', `${n % 10}`, { version: n, document: { n, padding: 'x'.repeat(2000) }, edited: [] });
  const endedAt = new Date().toISOString();
  store.put('commands', `c-${n}`, {
    record: { commandId: `c-${n}`, requestedAt: endedAt, endedAt, status: 'success' },
  });
  store.put('device-tokens', `d-${n}`, { hash: `${n}` });
  await store.committed();
  process.stdout.write(`${n}\n`);
}
