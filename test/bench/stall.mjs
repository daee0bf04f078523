import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Loaded before a target: tells, when it is asked, the longest that the event loop stood still since the last question. */
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', (message) => {
  if (message !== 'stall?') return;
  process.send?.({ stallMillis: delay.max / 1e6 });
  delay.reset();
});
// Whoever started it is gone: nobody else would end it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The question alone is no reason to live on.
process.channel?.unref();
