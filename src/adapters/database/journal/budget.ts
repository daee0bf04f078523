import type { Clock } from '../../../ports/clock.ts';
import { TokenBuckets } from '../../../ports/rate.ts';
import type { Change, Rows } from './rows.ts';

/** Together with the change limit of players (fleet/change-pace.ts), at most 100 rows a minute. */
const ROWS = { perSecond: 1, burst: 40 };
/** A normal device writes about 100 bytes a second. A state of 230 kB is stored every two minutes at this rate. */
const BYTES = { perSecond: 2048, burst: 512 * 1024 };
/** Overhead of a row, in bytes. */
const ROW_BYTES = 64;
const MIN_INTERVAL_MS = 10_000;
/** More than the devices of a fleet. The budgets of further devices are reset. */
const MAX_DEVICES = 50_000;

export interface JournalLimits {
  rows: { perSecond: number; burst: number };
  bytes: { perSecond: number; burst: number };
}

/**
 * `exact`: stored as it is. `coarse`: stored as a full document, with later changes omitted. `held`: not stored (yet).
 */
export type Detail = 'exact' | 'coarse' | 'held';

interface Held {
  /** The latest change. */
  change: Change;
  isWritten: boolean;
  /** When its last row was written. */
  at: number;
}

/**
 * Limits what each device may add to the journal (SPEC H11). Above the limit, its history becomes coarse: an occasional
 * full document, marked as coarse, until half of the budget is available again.
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

  /** Whether any device's history is coarse at the moment. */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  admit(change: Change): Detail {
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

  /** Changes to be written now, for devices with a coarse history. */
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

  /** The latest change of each such device, regardless of the budget. */
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

/**
 * A full document because it stands for several changes. If it was written as coarse, it is written again as exact: the
 * coarse period ends here.
 */
function last({ change }: Held, detail: Detail): Change {
  return { ...change, folded: true, detail };
}
