import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `npm start` runs what is built; it builds only what is not, or is older than its sources. */
const built = 'dist/src/main.js';
const newest = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((at, file) => Math.max(at, statSync(join(folder, file)).mtimeMs), 0);

const sources = ['src', 'machines'].filter((folder) => existsSync(folder));
const isStale = !existsSync(built) || sources.some((folder) => newest(folder) > statSync(built).mtimeMs);
// Where only what is needed to run was installed, there is no compiler, and the build was made elsewhere.
const canBuild = existsSync('node_modules/typescript');
if (isStale && (canBuild || !existsSync(built)))
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
