// Keeps a released version for the tests of upgrades: its server in one file, without its dependencies.
//   node scripts/keep-release.mjs COMMIT      writes test/support/released/VERSION/
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error('usage: node scripts/keep-release.mjs COMMIT');
const root = fileURLToPath(new URL('..', import.meta.url));
const source = mkdtempSync(join(tmpdir(), 'vigia-release-'));
try {
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['--extract', '--directory', source], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: source, stdio: 'inherit' });
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const { outputFiles } = await build({
    entryPoints: [join(source, 'dist/src/main.js')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const kept = join(root, 'test/support/released', version);
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'server.mjs.br'), brotliCompressSync(outputFiles[0].contents));
  copyFileSync(join(source, 'src/adapters/database/sqlite-worker.mjs'), join(kept, 'sqlite-worker.mjs'));
} finally {
  rmSync(source, { recursive: true, force: true });
}
