import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { PATIENCE_MS } from './test/support/patience.ts';

const UNITS = ['test/{unit,property}/**/*.test.ts'];

const common = {
  pool: 'forks',
  // Two thirds of a test's time is waiting: three files a processor.
  maxWorkers: 3 * availableParallelism(),
  testTimeout: 6 * PATIENCE_MS,
  hookTimeout: 6 * PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS } },
} as const;

export default defineConfig({
  test: {
    ...common,
    globalSetup: ['test/support/system-packages.ts', 'test/support/build.ts', 'test/support/shared-postgres.ts'],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/summary.ts'],
    projects: [
      // Each file is a process of its own: µWS and Socket.IO change prototypes of the whole process.
      { test: { ...common, name: 'services', include: ['test/**/*.test.ts'], exclude: UNITS } },
      // Starting a process and loading its modules takes longer than most of these files.
      { test: { ...common, name: 'units', include: UNITS, isolate: false } },
    ],
  },
});
