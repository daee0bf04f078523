#!/usr/bin/env node
// Removes the native servers of other platforms from an installation: µWebSockets.js ships 40 of them, 266 MB.
//   node scripts/prune-platforms.mjs [FOLDER]     FOLDER: with node_modules; the current one if not given
// Those for the Node versions that are supported stay, so that Node can be upgraded.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** `process.versions.modules` of Node 20, 22 and 24. */
const SUPPORTED = ['115', '127', '137'];
const folder = join(resolve(process.argv[2] ?? '.'), 'node_modules/uWebSockets.js');
const stays = (name) =>
  [process.versions.modules, ...SUPPORTED].some((it) => name === `uws_${process.platform}_${process.arch}_${it}.node`);

let bytes = 0;
for (const name of readdirSync(folder).filter((it) => it.endsWith('.node') && !stays(it))) {
  bytes += statSync(join(folder, name)).size;
  rmSync(join(folder, name));
}
process.stdout.write(`removed ${Math.round(bytes / 1e6)} MB of native servers for other platforms\n`);
