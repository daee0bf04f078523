import { PictureError } from './error.ts';

interface Job {
  bytes: number;
  run: () => Promise<unknown>;
  refuse: (why: PictureError) => void;
}

/** A conversion uses one core, and a thread of the pool that file writes also need. */
const CONCURRENT = 2;
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Queues screenshots: for each device, one is processed and one waits, the newest. Bounded in number and in bytes. */
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
    /** Rejects with the error of `work`, or PictureError `busy`, `superseded`. */
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
    /** Resolves once running work is done; waiting work is rejected. */
    close(): Promise<void> {
      for (const deviceId of [...waiting.keys()]) drop(deviceId)?.refuse(new PictureError('busy'));
      return running.size === 0 ? Promise.resolve() : new Promise((resolve) => void idle.push(resolve));
    },
  };
}
