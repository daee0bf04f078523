// Uses the built code, since a start with a TypeScript loader would take longer than the test.
import { openDatabase } from '../../dist/src/adapters/database/database.js';
import { createJournal } from '../../dist/src/adapters/database/journal/journal.js';
import { openStateStore } from '../../dist/src/adapters/database/state-store.js';

/**
 * Writes increasing versions of ten devices, each with an ended command and a token, prints which were committed, and
 * records them in the journal, until it is killed. Arguments: data directory, first number, database URL unless it is
 * SQLite.
 */
const [dataDir, first, databaseUrl] = process.argv.slice(2);
const log = { info() {}, warn() {}, error() {} };
const clock = { now: Date.now, setTimeout, clearTimeout };
const database = await openDatabase({ dataDir, databaseUrl, log });
const store = await openStateStore(database, log);
const most = { perSecond: 1, burst: Number.MAX_SAFE_INTEGER };
const journal = createJournal({ database, clock, log, limits: { rows: most, bytes: most } });
for (let n = Number(first); ; n++) {
  const deviceId = `${n % 10}`;
  const document = { n, padding: 'x'.repeat(2000) };
  const at = Date.now();
  // In sequence, so that all changes of this process but the first are patches of the previous one.
  const update = { deviceId, version: Math.floor(n / 10) + 1, at: new Date(at).toISOString() };
  const isFirst = n < Number(first) + 10;
  journal.changed(
    { ...update, ...(isFirst ? { document } : { patch: [{ op: 'replace', path: '/n', value: n }] }) },
    document,
  );
  store.put('devices', deviceId, { version: n, document, edited: [] });
  const endedAt = new Date().toISOString();
  store.put('commands', `c-${n}`, {
    record: { commandId: `c-${n}`, requestedAt: endedAt, endedAt, status: 'success' },
  });
  store.put('device-tokens', `d-${n}`, { hash: `${n}` });
  await store.committed();
  process.stdout.write(`${n} ${at}\n`);
}
