import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

test('the unit starts the built server', () => {
  const unit = readFileSync(path('vigia.service'), 'utf8');
  expect(unit).toContain('ExecStart=/usr/bin/env node dist/src/main.js\n');
  expect(Number(/TimeoutStopSec=(\d+)/.exec(unit)?.[1])).toBeGreaterThan(10);
});

test.each(['vigia.service', 'vigia-backup.service', 'vigia-backup.timer'])('systemd accepts %s', (name) => {
  const { stderr, error } = analyze('verify', path(name));
  expect(error).toBeUndefined();
  expect(stderr).not.toContain(name.replace(/\..*/, ''));
});

test.each(['vigia.service', 'vigia-backup.service'])('I7 the exposure of %s is at most 3.0', (name) => {
  const { stdout } = analyze('security', '--offline=true', path(name));
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(3);
});
