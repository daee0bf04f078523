import { systemClock } from './clock.ts';

/** npm hands on a Ctrl-C that the terminal has sent to all: within milliseconds, that is one signal. */
const SAME_SIGNAL_MS = 1000;

/** Calls `stop` at the first signal, and `stopAtOnce` at one that comes a second or more after it. */
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
