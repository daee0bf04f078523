import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const all = (pattern: RegExp) => [...compose.matchAll(pattern)].map((it) => it[1] as string);

test('compose: every image is pinned, every service that is not ours has a health check and comes back', () => {
  // PostgreSQL's versions have two numbers.
  const pinned = /^postgres:\d+\.\d+|:v?\d+\.\d+\.\d+/;
  for (const image of all(/ image: (\S+)/g).filter((it) => it !== 'vigia')) expect(image).toMatch(pinned);
  for (const service of compose.split(/\n(?= {2}[a-z]+:\n {4}image)/).slice(1)) {
    expect(service).toContain('healthcheck:');
    expect(service).toContain('restart: unless-stopped');
  }
});

test('M5 compose: no password and no token has a default, and make-env writes each of them, once', async () => {
  const secrets = [...new Set(all(/\$\{(\w*(?:PASSWORD|TOKEN))/g))];
  for (const name of secrets) expect(compose).not.toMatch(new RegExp(`\\$\\{${name}(?!:\\?)`));
  const file = join(await temporaryDirectory(), '.env');
  execFileSync(join(root, 'scripts/make-env.sh'), [file]);
  const written = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('='));
  expect(written.map(([name]) => name).sort()).toEqual(secrets.sort());
  expect(new Set(written.map(([, value]) => value)).size).toBe(written.length);
  for (const [name, value] of written) expect(value, name).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(spawnSync(join(root, 'scripts/make-env.sh'), [file]).status).toBe(1);
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.env');
});

test('compose: what is mounted is there', () => {
  const mounted = all(/- (\.\/[^:]+):/g);
  expect(mounted.length).toBeGreaterThan(4);
  expect(mounted.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('operations: every page that is named is there', () => {
  const text = readFileSync(join(root, 'docs/OPERATIONS.md'), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map((it) =>
    join(root, 'docs', (it[1] as string).split('#')[0] as string),
  );
  expect(targets.filter((path) => !existsSync(path))).toEqual([]);
});
