import type { Clock } from '../../../ports/clock.ts';
import { TokenBuckets } from '../../../ports/rate.ts';
import type { Change, Rows } from './rows.ts';

/** With what players may change (fleet/change-pace.ts) at most 100 rows a minute. */
const ROWS = { perSecond: 1, burst: 40 };
/** A usual device writes some 100 bytes a second; a state of 230 kB is then kept once in two minutes. */
const BYTES = { perSecond: 2048, burst: 512 * 1024 };
/** Of what a row takes beside its text. */
const ROW_BYTES = 64;
const MIN_INTERVAL_MS = 10_000;
/** More devices than a fleet has: of others the budget begins anew. */
const MAX_DEVICES = 50_000;

export interface JournalLimits {
  rows: { perSecond: number; burst: number };
  bytes: { perSecond: number; burst: number };
}

/** How a change is kept: as it is; whole, and what follows is not kept one by one; or not (yet). */
export type Kept = 'exact' | 'coarse' | 'held';

interface Held {
  /** The last one. */
  change: Change;
  isWritten: boolean;
  /** When a row of it was written last. */
  at: number;
}

/**
 * What each device may add to the journal (SPEC H11). Beyond that its history is coarse: a whole document now and then,
 * marked as such, until half of the budget is there again.
 */
export class JournalBudget {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limits: JournalLimits;
  readonly #rows: TokenBuckets;
  readonly #bytes: TokenBuckets;
  readonly #coarsened: (deviceId: string) => void;
  readonly #held = new Map<string, Held>();

  constructor(
    clock: Pick<Clock, 'now'>,
    coarsened: (deviceId: string) => void,
    limits: JournalLimits = { rows: ROWS, bytes: BYTES },
  ) {
    this.#clock = clock;
    this.#coarsened = coarsened;
    this.#limits = limits;
    const { rows, bytes } = limits;
    this.#rows = new TokenBuckets(clock, rows.perSecond, rows.burst, MAX_DEVICES);
    this.#bytes = new TokenBuckets(clock, bytes.perSecond, bytes.burst, MAX_DEVICES);
  }

  /** Are there devices whose history is coarse now? */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  admit(change: Change): Kept {
    const { deviceId } = change.update;
    if (change.after === undefined) {
      this.#held.delete(deviceId);
      return 'exact';
    }
    const held = this.#held.get(deviceId);
    if (held) {
      Object.assign(held, { change, isWritten: false });
      return 'held';
    }
    if (this.#has(deviceId, 0)) return 'exact';
    this.#held.set(deviceId, { change, isWritten: true, at: this.#clock.now() });
    this.#coarsened(deviceId);
    return 'coarse';
  }

  spend({ change, keyframe }: Rows): void {
    this.#rows.of(change.device_id).spend(1);
    const bytes = ROW_BYTES + (change.patch?.length ?? 0) + (keyframe ? ROW_BYTES + keyframe.document.length : 0);
    this.#bytes.of(change.device_id).spend(bytes);
  }

  /** What is to be written by now, of devices whose history is coarse. */
  *due(): Iterable<Change> {
    const now = this.#clock.now();
    for (const [deviceId, held] of this.#held) {
      if (this.#has(deviceId, 0.5)) {
        this.#held.delete(deviceId);
        yield last(held, 'exact');
      } else if (!held.isWritten && now - held.at >= MIN_INTERVAL_MS && this.#has(deviceId, 0)) {
        Object.assign(held, { isWritten: true, at: now });
        yield last(held, 'coarse');
      }
    }
  }

  /** The last change of each, whatever it costs. */
  *release(): Iterable<Change> {
    for (const held of this.#held.values()) yield last(held, 'exact');
    this.#held.clear();
  }

  #has(deviceId: string, share: number): boolean {
    const { rows, bytes } = this.#limits;
    return (
      this.#rows.tokensOf(deviceId) >= Math.max(1, rows.burst * share) &&
      this.#bytes.tokensOf(deviceId) >= Math.max(1, bytes.burst * share)
    );
  }
}

/** Whole, for it stands for several; written again where it has been: then it is not the beginning of a coarse stretch any more. */
function last({ change }: Held, kept: Kept): Change {
  return { ...change, folded: true, kept };
}
