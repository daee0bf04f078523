import { cpSync } from 'node:fs';

/** What the compiler does not carry over: the database's thread. */
const path = 'src/adapters/database/sqlite-worker.mjs';
cpSync(path, `dist/${path}`);
