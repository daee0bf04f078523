import type { Finding } from './rules.ts';

/** What is not as it is told to be, and since when. */
interface Waiting {
  since: number;
  seenAt: number;
}

/**
 * Lets a finding become news only once it has held for long enough without a break. What nobody knows anything of ends
 * a wait, for what comes after it may be another matter.
 */
export class Hysteresis {
  readonly #waiting = new Map<string, Waiting>();

  /** `isOpen`: it is told to hold. Returns true once it differs from that for long enough. */
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

  /** Since when it waits, if it does. */
  since(alert: string, about: string): number | undefined {
    return this.#waiting.get(`${alert}\n${about}`)?.since;
  }

  /** What was not asked about since then is gone. */
  forget(seenBefore: number): void {
    for (const [key, { seenAt }] of this.#waiting) if (seenAt < seenBefore) this.#waiting.delete(key);
  }
}
