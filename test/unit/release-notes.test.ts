import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { releasedVersions } from '../support/released.ts';

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as { version: string };
const notes = (of: string) =>
  spawnSync(process.execPath, [path('scripts/release-notes.mjs'), of], { encoding: 'utf8' });

test('the version of package.json has notes in the changelog', () => {
  const { status, stdout } = notes(version);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^### Added\n/);
  expect(stdout).not.toMatch(/^## /m);
});

test.each(['9.9.9', ''])('a release missing in the changelog is refused: %j', (of) => {
  const { status, stdout, stderr } = notes(of);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`package.json has version ${version}`);
});

test('I9 every released version is kept for the tests of upgrades, the newest one from the next change on', () => {
  const [unreleased = '', ...released] = readFileSync(path('CHANGELOG.md'), 'utf8').split(/^## /m).slice(1);
  const versions = released.map((section) => /^\[(.+?)\]/.exec(section)?.[1]);
  const isBeingReleased = !unreleased.includes('\n- ');
  expect(releasedVersions.toReversed()).toEqual(expect.arrayContaining(versions.slice(isBeingReleased ? 1 : 0)));
});
