import { cpSync } from 'node:fs';

/** What the compiler does not carry over: the console's files, served as they are. */
cpSync('src/console', 'dist/src/console', { recursive: true });
