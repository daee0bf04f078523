import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Preloaded into a target: returns, on request, the longest stall of the event loop since the last request. It starts
 * measuring at the first request, because measuring has a cost and most suites do not need it.
 */
const delay = monitorEventLoopDelay({ resolution: 5 });
process.on('message', (message) => {
  if (message !== 'stall?') return;
  process.send?.({ stallMillis: delay.max / 1e6 });
  delay.enable();
  delay.reset();
});
// The parent process has ended, and nothing else would end this one.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The IPC channel alone must not keep the process running.
process.channel?.unref();
