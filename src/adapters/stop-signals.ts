import { systemClock } from './clock.ts';

/**
 * npm forwards a Ctrl-C that the terminal has also sent to the process: two signals within milliseconds count as one.
 */
const SAME_SIGNAL_MS = 1000;

/** Calls `stop` at the first signal, and `stopAtOnce` at another signal a second or more later. */
export function onStopSignals(signals: readonly NodeJS.Signals[], stop: () => void, stopAtOnce: () => void): void {
  let first: number | undefined;
  for (const signal of signals) {
    process.on(signal, () => {
      const now = systemClock.now();
      if (first === undefined) {
        first = now;
        stop();
      } else if (now - first >= SAME_SIGNAL_MS) stopAtOnce();
    });
  }
}
