import type { Clock } from '../ports/clock.ts';
import { repeat } from '../ports/repeat.ts';

/** Upper bound for the interval between flushes, even if `intervalMs` is longer. */
const MAX_TICK_MS = 100;

interface Stages {
  clock: Clock;
  /** Interval between the batches to admins. */
  intervalMs: number;
  /** Each stage passes on what it has collected, and does not know the others. */
  ingest: { flush(): void };
  stream: { flush(): void };
  outbox: { flush(): void } | undefined;
}

/** The pipeline's only timer. Flushes the stages in the order in which a report passes through them. */
export function createPipeline({ clock, intervalMs, ingest, stream, outbox }: Stages) {
  const ticksPerBatch = Math.ceil(intervalMs / MAX_TICK_MS);
  let ticks = 0;
  let end = () => {};
  return {
    start(): void {
      end = repeat(clock, intervalMs / ticksPerBatch, () => {
        ingest.flush();
        if (++ticks % ticksPerBatch === 0) stream.flush();
        outbox?.flush();
      });
    },
    stop: () => end(),
  };
}
