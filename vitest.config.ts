import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { PATIENCE_MS } from './test/support/patience.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/system-packages.ts', 'test/support/build.ts', 'test/support/shared-postgres.ts'],
    // Each file is a process of its own: µWS and Socket.IO change prototypes of the whole process.
    pool: 'forks',
    // More than half of a test's time is waiting: two files a processor.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    testTimeout: 6 * PATIENCE_MS,
    hookTimeout: 6 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    reporters: ['default', './test/support/summary.ts'],
  },
});
