import type { Clock } from '../ports/clock.ts';
import { PictureError } from './error.ts';

interface Job<T> {
  /** Identifies the screenshot. */
  key: string;
  /** A caller waits for it. */
  isAsked: boolean;
  promise: Promise<T>;
  work(): Promise<T>;
  resolve(value: T | Promise<T>): void;
  reject(why: PictureError): void;
}

const CONCURRENT = 8;
/** Limits fetches without a waiting caller, so that unreachable players do not delay others. */
const CONCURRENT_UNASKED = 4;
/** A waiting caller's fetch fails as `busy` if it has not started by then. */
const MAX_WAIT_MS = 15_000;

/**
 * Queues fetches. For each device, one runs and one waits, the newest. Fetches with a waiting caller go first. The
 * number of devices bounds the queue.
 */
export class FetchQueue<T> {
  readonly #clock: Clock;
  readonly #running = new Map<string, Job<T>>();
  readonly #asked = new Map<string, Job<T>>();
  readonly #unasked = new Map<string, Job<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Rejects with the error of `work`, or PictureError `superseded`, `busy`. Concurrent calls for the same screenshot
   * share one fetch.
   */
  add(deviceId: string, key: string, isAsked: boolean, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(deviceId);
    if (running?.key === key) return running.promise;
    const waiting = this.#take(deviceId);
    if (waiting && waiting.key !== key) waiting.reject(new PictureError('superseded'));
    const same = waiting?.key === key ? waiting : undefined;
    const job = same ?? newJob(key, work);
    if (isAsked && !job.isAsked) this.#boundWait(deviceId, job);
    job.isAsked ||= isAsked;
    (job.isAsked ? this.#asked : this.#unasked).set(deviceId, job);
    this.#next();
    return job.promise;
  }

  /** Rejects all waiting fetches. */
  close(): void {
    for (const jobs of [this.#asked, this.#unasked]) {
      for (const job of jobs.values()) job.reject(new PictureError('busy'));
      jobs.clear();
    }
  }

  #take(deviceId: string): Job<T> | undefined {
    const job = this.#asked.get(deviceId) ?? this.#unasked.get(deviceId);
    this.#asked.delete(deviceId);
    this.#unasked.delete(deviceId);
    return job;
  }

  #boundWait(deviceId: string, job: Job<T>): void {
    const timer = this.#clock.setTimeout(() => {
      if (this.#asked.get(deviceId) !== job) return;
      this.#asked.delete(deviceId);
      job.reject(new PictureError('busy'));
    }, MAX_WAIT_MS);
    const stop = () => this.#clock.clearTimeout(timer);
    job.promise.then(stop, stop);
  }

  #next(): void {
    this.#begin(this.#asked, CONCURRENT);
    this.#begin(this.#unasked, CONCURRENT_UNASKED);
  }

  #begin(jobs: Map<string, Job<T>>, limit: number): void {
    for (const [deviceId, job] of jobs) {
      if (this.#running.size >= limit) return;
      if (this.#running.has(deviceId)) continue;
      jobs.delete(deviceId);
      this.#running.set(deviceId, job);
      const done = () => {
        this.#running.delete(deviceId);
        this.#next();
      };
      job.resolve(job.work());
      job.promise.then(done, done);
    }
  }
}

function newJob<T>(key: string, work: () => Promise<T>): Job<T> {
  let resolve: Job<T>['resolve'] = () => {};
  let reject: Job<T>['reject'] = () => {};
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { key, isAsked: false, promise, work, resolve, reject };
}
