import { openHome } from '../../src/adapters/database/home.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createLogger } from '../../src/log.ts';

/** Puts ever higher numbers under ten keys, and says which were committed. Somebody else ends it. */
const [dataDir = '', databaseUrl] = process.argv.slice(2);
const log = createLogger({ logLevel: 'silent', nodeId: 'writer' });
const store = await openStateStore(await openHome({ dataDir, databaseUrl, log }), log);
await store.load('devices');
for (let n = 1; ; n++) {
  const key = `${n % 10}`;
  store.put('devices', key, { n, padding: 'x'.repeat(2000) });
  await store.committed();
  process.stdout.write(`${key} ${n}\n`);
}
