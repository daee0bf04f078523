import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import { SHARED_TIMEOUT_MS } from './command-ledger.ts';
import type { ClusterLease } from './device-context.ts';

/** A slow or full disk delays a command by this much, but never stops it. */
const TIMEOUT_MS = 250;
const LOG_INTERVAL_MS = 10_000;
const RETRY_MS = 250;

/** Waits until all records are durable, or cannot be for now. The fleet continues in both cases (SPEC C7). */
export class CommitWait {
  readonly #store: StateStore;
  readonly #lease: ClusterLease;
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'warn'>;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: { store: StateStore; lease: ClusterLease; clock: Clock; log: Pick<Logger, 'warn'> }) {
    this.#store = deps.store;
    this.#lease = deps.lease;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  async committed(): Promise<void> {
    // After a freeze, the store seems unreachable until it had time to answer.
    await this.#lease.checkLease();
    if (!this.#store.healthy) return;
    const waitMs = this.#lease.isShared ? SHARED_TIMEOUT_MS : TIMEOUT_MS;
    await withTimeout(this.#clock, waitMs, this.#store.committed(), () => this.#goOnUnrecorded(waitMs));
    await this.#lease.checkLease();
  }

  /** Waits as long as necessary: for commands that must not be sent again after a crash (SPEC N5). */
  async recorded(): Promise<void> {
    for (;;) {
      await this.#lease.checkLease();
      const isSafe = await this.#store.committed().then(
        () => true,
        () => false,
      );
      if (isSafe) return this.#lease.checkLease();
      await new Promise<void>((resolve) => void this.#clock.setTimeout(() => resolve(), RETRY_MS));
    }
  }

  #goOnUnrecorded(waitedMs: number): void {
    if (this.#clock.now() - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = this.#clock.now();
    this.#log.warn({ waitedMs }, 'the database is slow: commands continue before they are recorded');
  }
}
