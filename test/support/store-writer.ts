import { openLogStore } from '../../src/adapters/files/log-store.ts';
import { createLogger } from '../../src/log.ts';

/** Puts ever higher numbers under ten keys, and says which were committed. Somebody else ends it. */
const store = await openLogStore({
  dataDir: process.argv[2] as string,
  log: createLogger({ logLevel: 'silent', nodeId: 'writer' }),
});
await store.load('devices');
for (let n = 1; ; n++) {
  const key = `${n % 10}`;
  store.put('devices', key, { n, padding: 'x'.repeat(2000) });
  await store.committed();
  process.stdout.write(`${key} ${n}\n`);
}
