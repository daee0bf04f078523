import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What runs is built; this builds only what is not, or is older than its sources. */
const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist/src/main.js');
const newest = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((at, file) => Math.max(at, statSync(join(folder, file)).mtimeMs), 0);

const sources = ['src', 'machines'].map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
const isStale = !existsSync(built) || sources.some((folder) => newest(folder) > statSync(built).mtimeMs);
// Where only what is needed to run was installed, there is no compiler, and the build was made elsewhere.
const canBuild = existsSync(join(root, 'node_modules/typescript'));
if (isStale && (canBuild || !existsSync(built))) {
  // What the program that follows prints is alone on the output.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
}
