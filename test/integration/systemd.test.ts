import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/client/node.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const player = 'examples/raspberry-pi/screen-player.service';
const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

test('the unit starts the built server', () => {
  const unit = readFileSync(path('deploy/vigia.service'), 'utf8');
  expect(unit).toContain('ExecStart=/usr/bin/env node dist/src/main.js\n');
  expect(Number(/TimeoutStopSec=(\d+)/.exec(unit)?.[1])).toBeGreaterThan(10);
});

test("X5 a player's service does not start it again when that would not help", () => {
  const unit = readFileSync(path(player), 'utf8');
  expect(unit).toContain(`RestartPreventExitStatus=${EXIT_CODES.refused} ${EXIT_CODES.configuration}\n`);
});

const units = ['deploy/vigia.service', 'deploy/vigia-backup.service', player];
test.each([...units, 'deploy/vigia-backup.timer'])('systemd accepts %s', (name) => {
  const { stderr, error } = analyze('verify', path(name));
  expect(error).toBeUndefined();
  expect(stderr).not.toContain(basename(name).replace(/\..*/, ''));
});

test.each(units)('I7 the exposure of %s is at most 3.0', (name) => {
  const { stdout } = analyze('security', '--offline=true', path(name));
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(3);
});
