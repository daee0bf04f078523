#!/usr/bin/env node
// Prints the notes of a release: its section of CHANGELOG.md.
//   node scripts/release-notes.mjs 0.2.0
import { readFileSync } from 'node:fs';

const [, , version = ''] = process.argv;
const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const { version: current } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const sections = changelog.split(/^## /m).slice(1);
const section = sections.find((it) => it.startsWith(`[${version}]`));
const notes = section?.slice(section.indexOf('\n')).trim();
const fault =
  (version !== current && `package.json has version ${current}, not ${version}.`) ||
  (!notes && `CHANGELOG.md has no section [${version}] with notes.`);
if (fault) {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}
process.stdout.write(`${notes}\n`);
