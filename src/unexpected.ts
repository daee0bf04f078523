import type { Logger } from 'pino';
import { systemClock } from './adapters/clock.ts';
import type { Metrics } from './ports/metrics.ts';

/** A fault that comes with every message must not fill the disk. All are counted. */
const LINES_A_MINUTE = 100;

/**
 * Reports errors that no code expected. Each has cost the request, message, timer or promise in which it happened: the
 * process goes on, for thousands of devices depend on it. What is safe about that: handlers run to their end or fail at
 * one place, records are written in transactions, and a device's actor that fails is started again from its last
 * record. Not safe, and so the end of the process, is an error while it starts (`main.ts`): it would serve half.
 */
export function unexpectedErrors(log: Pick<Logger, 'error'>, metrics: Pick<Metrics, 'uncaughtError'>) {
  let minute = 0;
  let lines = 0;
  return (error: unknown): void => {
    metrics.uncaughtError();
    const now = Math.floor(systemClock.now() / 60_000);
    if (now !== minute) lines = 0;
    minute = now;
    if (++lines <= LINES_A_MINUTE) log.error({ err: error }, 'unexpected error');
  };
}
