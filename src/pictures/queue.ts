import { PictureError } from './error.ts';

interface Job {
  bytes: number;
  run: () => Promise<unknown>;
  refuse: (why: PictureError) => void;
}

/** At once; a conversion takes one core, and a thread of the pool that files are written with. */
const CONCURRENT = 2;
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Pictures wait here for their turn: of each device one is worked on and one waits, the newest. Bounded by number and
 * by bytes.
 */
export function createPictureQueue() {
  const waiting = new Map<string, Job>();
  const running = new Set<string>();
  let waitingBytes = 0;
  let idle: (() => void)[] = [];

  function drop(deviceId: string): Job | undefined {
    const job = waiting.get(deviceId);
    if (job) waitingBytes -= job.bytes;
    waiting.delete(deviceId);
    return job;
  }

  function next(): void {
    for (const [deviceId, job] of waiting) {
      if (running.size >= CONCURRENT) return;
      if (running.has(deviceId)) continue;
      drop(deviceId);
      running.add(deviceId);
      void job.run().finally(() => {
        running.delete(deviceId);
        next();
      });
    }
    if (running.size > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  }

  return {
    /** Runs the work when its turn comes. Rejects with what it rejects with, or PictureError `busy`, `superseded`. */
    add<T>(deviceId: string, bytes: number, work: () => Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        drop(deviceId)?.refuse(new PictureError('superseded'));
        if (waiting.size >= MAX_WAITING || waitingBytes + bytes > MAX_WAITING_BYTES) {
          reject(new PictureError('busy'));
          return;
        }
        waitingBytes += bytes;
        waiting.set(deviceId, { bytes, run: () => work().then(resolve, reject), refuse: reject });
        next();
      });
    },
    /** Resolves once nothing is worked on; what waits is refused. */
    close(): Promise<void> {
      for (const deviceId of [...waiting.keys()]) drop(deviceId)?.refuse(new PictureError('busy'));
      return running.size === 0 ? Promise.resolve() : new Promise((resolve) => void idle.push(resolve));
    },
  };
}
