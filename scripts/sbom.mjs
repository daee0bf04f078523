#!/usr/bin/env node
// Writes the software bill of materials (CycloneDX) of the server: every package that an installation can have, with
// its hash.
//   node scripts/sbom.mjs FOLDER     writes FOLDER/vigia-VERSION.cdx.json and prints its path
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = '.'] = process.argv.slice(2);
const { version, packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
// `npm sbom --omit=dev` also leaves out what development needs as well as the server, so this is done here.
const installed = new Set(
  Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, it]) => `${path.replace(/^.*node_modules\//, '')}@${it.version}`),
);
const all = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'], {
  cwd: root,
  maxBuffer: 2 ** 26,
});
const bom = JSON.parse(all);
const { component } = bom.metadata;
// npm names it after its folder.
component.name = 'vigia';
const isInstalled = ({ group, name, version }) => installed.has(`${group ? `${group}/` : ''}${name}@${version}`);
bom.components = bom.components.filter(isInstalled);
const refs = new Set([component['bom-ref'], ...bom.components.map((it) => it['bom-ref'])]);
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((it) => refs.has(it)) }));
const file = join(folder, `vigia-${version}.cdx.json`);
writeFileSync(file, `${JSON.stringify(bom, null, 1)}\n`);
process.stdout.write(`${file}\n`);
