import { cpSync } from 'node:fs';

/** What the compiler does not carry over: the console's files, served as they are, and the database's thread. */
for (const path of ['src/console', 'src/adapters/database/sqlite-worker.mjs']) {
  cpSync(path, `dist/${path}`, { recursive: true });
}
