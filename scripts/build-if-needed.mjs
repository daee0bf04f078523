import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What runs is built; this builds only what is not, or is older than its sources. */
const root = fileURLToPath(new URL('..', import.meta.url));
const built = ['dist/src/main.js', 'dist/console/index.html'].map((file) => join(root, file));
const newest = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((at, file) => Math.max(at, statSync(join(folder, file)).mtimeMs), 0);

const sources = ['src', 'machines'].map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
const isBuilt = built.every((file) => existsSync(file));
const isStale =
  !isBuilt || sources.some((folder) => newest(folder) > Math.min(...built.map((file) => statSync(file).mtimeMs)));
// Where only what is needed to run was installed, there is no compiler, and the build was made elsewhere.
const canBuild = existsSync(join(root, 'node_modules/typescript'));
if (isStale && (canBuild || !isBuilt)) {
  // What the program that follows prints is alone on the output.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
}
