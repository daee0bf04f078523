import { cpSync } from 'node:fs';

/** Copies the database worker thread, which the compiler does not process. */
const path = 'src/adapters/database/sqlite-worker.mjs';
cpSync(path, `dist/${path}`);
