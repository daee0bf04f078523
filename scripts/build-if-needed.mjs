import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds whatever is missing or older than its sources. */
const root = fileURLToPath(new URL('..', import.meta.url));
const built = ['dist/src/main.js', 'dist/console/index.html'].map((file) => join(root, file));
const newest = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((at, file) => Math.max(at, statSync(join(folder, file)).mtimeMs), 0);

const sources = ['src', 'machines'].map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
const isBuilt = built.every((file) => existsSync(file));
const isStale =
  !isBuilt || sources.some((folder) => newest(folder) > Math.min(...built.map((file) => statSync(file).mtimeMs)));
// A production install has no compiler; its build was made elsewhere.
const canBuild = existsSync(join(root, 'node_modules/typescript'));
if (isStale && (canBuild || !isBuilt)) {
  // The build's output goes to stderr: stdout belongs to the program that runs next.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
}
