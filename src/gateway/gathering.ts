/** Nothing is held for longer, however seldom batches go out. */
const HELD_MS = 150;
/** A gathering that is full ends. */
const MOST_HELD = 1000;

/**
 * Reports of all players, held until a batch goes to the admins or a command goes by them, and then taken in one after the
 * other, in the order in which they came. Each by itself would find that the processor's caches have forgotten
 * everything since the last one, and cost half as much again: network cards gather their interrupts for the same reason.
 * What comes after a pause is taken at once, so that where little comes nothing waits.
 */
export class Gathering {
  #held: (() => void)[] = [];
  /** The devices of which something is held. */
  readonly #devices = new Set<string>();
  #end: NodeJS.Timeout | undefined;

  take(deviceId: string, report: () => void): void {
    if (!this.#end) {
      this.#begin();
      report();
      return;
    }
    this.#devices.add(deviceId);
    if (this.#held.push(report) >= MOST_HELD) this.flush();
  }

  /** Takes in what is held, if any of it is this device's. Undefined: whoever it is, it may be one of them. */
  flushOf = (deviceId: string | undefined): void => {
    if (deviceId === undefined || this.#devices.has(deviceId)) this.flush();
  };

  /** Takes in what is held, and holds what comes next. */
  flush = (): void => {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    this.#devices.clear();
    this.#end?.refresh();
    for (const report of held) report();
  };

  #begin(): void {
    this.#end = setTimeout(() => {
      this.#end = undefined;
      if (this.#held.length > 0) this.#begin();
      this.flush();
    }, HELD_MS).unref();
  }
}
