import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = fileURLToPath(new URL('../../deploy/vigia.service', import.meta.url));

test('systemd accepts the unit, and it starts the built server', () => {
  const unit = readFileSync(file, 'utf8');
  expect(unit).toContain('ExecStart=/usr/bin/env node dist/src/main.js\n');
  expect(Number(/TimeoutStopSec=(\d+)/.exec(unit)?.[1])).toBeGreaterThan(10);
  const { stderr, error } = spawnSync('systemd-analyze', ['verify', file], {
    encoding: 'utf8',
  });
  expect(error).toBeUndefined();
  expect(stderr).not.toContain('vigia.service');
});
