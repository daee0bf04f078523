import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded before a target: tells, when it is asked, the longest that the event loop stood still since the last question. It
 * looks from the first question on: looking costs, and most suites do not ask.
 */
const delay = monitorEventLoopDelay({ resolution: 5 });
process.on('message', (message) => {
  if (message !== 'stall?') return;
  process.send?.({ stallMillis: delay.max / 1e6 });
  delay.enable();
  delay.reset();
});
// Whoever started it is gone: nobody else would end it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The question alone is no reason to live on.
process.channel?.unref();
