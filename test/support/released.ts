import { readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { temporaryDirectory } from './temporary-directory.ts';

/** The servers of released versions, made by `scripts/keep-release.mjs`. They run with today's dependencies. */
const kept = fileURLToPath(new URL('released', import.meta.url));

export const releasedVersions = readdirSync(kept).sort();
/** Instances of this version and of the current one can run side by side. */
export const previousVersion = releasedVersions.at(-1) as string;

/** Unpacks the server of a released version, for the duration of the test. Returns the path of its main file. */
export async function released(version: string): Promise<string> {
  const folder = await temporaryDirectory();
  const main = join(folder, 'src', 'server.mjs');
  await mkdir(join(folder, 'src'));
  await writeFile(main, brotliDecompressSync(await readFile(join(kept, version, 'server.mjs.br'))));
  await copyFile(join(kept, version, 'sqlite-worker.mjs'), join(folder, 'src', 'sqlite-worker.mjs'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version, type: 'module' }));
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  return main;
}
