import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/support/patience.ts';

/** What needs Node alone: nothing is built, installed or looked for. */
export default defineConfig({
  test: {
    include: ['test/{unit,property,contract}/**/*.test.ts'],
    pool: 'forks',
    // As in vitest.config.ts: files share processes.
    isolate: false,
    maxWorkers: availableParallelism(),
    testTimeout: 6 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    provide: { nodeAlone: true },
  },
});
