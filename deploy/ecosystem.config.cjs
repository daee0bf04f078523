// For PM2: npm run build && pm2 start deploy/ecosystem.config.cjs
// One process, never PM2's cluster mode: many instances need REDIS_URL, and a port each (docs/CLUSTER.md).
module.exports = {
  apps: [
    {
      name: 'vigia',
      cwd: `${__dirname}/..`,
      script: 'dist/src/main.js',
      exec_mode: 'fork',
      instances: 1,
      env: { NODE_ENV: 'production' },
      // Longer than DRAIN_MS, so that it can leave at its own pace.
      kill_timeout: 15_000,
    },
  ],
};
