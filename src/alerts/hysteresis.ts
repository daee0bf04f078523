import type { Finding } from './rules.ts';

/** A finding that differs from the alert's state, and since when. */
interface Waiting {
  since: number;
  seenAt: number;
}

/**
 * Delays a change until a finding has held for long enough without a break. An unknown finding restarts the wait: what
 * follows may have another cause.
 */
export class Hysteresis {
  readonly #waiting = new Map<string, Waiting>();

  /** Returns true once the finding has differed from the alert's state (`isOpen`) for long enough. */
  isDue({ alert, about, holds, forMs, recoverMs }: Finding, isOpen: boolean, now: number): boolean {
    const key = `${alert}\n${about}`;
    if (holds === undefined || holds === isOpen) {
      this.#waiting.delete(key);
      return false;
    }
    const waiting = this.#waiting.get(key) ?? { since: now, seenAt: now };
    waiting.seenAt = now;
    this.#waiting.set(key, waiting);
    return now - waiting.since >= (isOpen ? recoverMs : forMs);
  }

  /** When the current wait began, if there is one. */
  since(alert: string, about: string): number | undefined {
    return this.#waiting.get(`${alert}\n${about}`)?.since;
  }

  /** Drops waits that were not evaluated since then. */
  forget(seenBefore: number): void {
    for (const [key, { seenAt }] of this.#waiting) if (seenAt < seenBefore) this.#waiting.delete(key);
  }
}
