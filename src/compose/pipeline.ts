import type { Clock } from '../ports/clock.ts';
import { repeat } from '../ports/repeat.ts';

/** No stage waits for longer, however seldom admins want their batches. */
const MAX_TICK_MS = 100;

interface Stages {
  clock: Clock;
  /** How long updates are collected before a batch goes to the admins. */
  intervalMs: number;
  /** Each hands on what it has collected, and knows nothing of the others. */
  ingest: { flush(): void };
  stream: { flush(): void };
  outbox: { flush(): void } | undefined;
}

/** The one timer of the pipeline: it flushes the stages in the order in which a report passes through them. */
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
