import type { Logger } from 'pino';
import { systemClock } from './adapters/clock.ts';
import type { Metrics } from './ports/metrics.ts';

/** Errors beyond this are only counted, so that a frequent one cannot fill the disk. */
const LINES_A_MINUTE = 100;

/**
 * Reports unexpected errors. They end only the request, message, timer or promise in which they occur: the process
 * continues, because thousands of devices depend on it. This is safe: handlers complete or fail at one place, records
 * are written in transactions, and a failed device actor restarts from its last record. An error during the start is
 * different (`start.ts`): it ends the process, which would otherwise serve only in part.
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
