import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/system-packages.ts', 'test/support/build.ts'],
    // Each file is a process of its own: µWS and Socket.IO change prototypes of the whole process.
    pool: 'forks',
    // Most of a test's time is waiting: one file a processor, the one of the runner included.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A second, as it is by itself, is little for another process on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', './test/support/summary.ts'],
  },
});
