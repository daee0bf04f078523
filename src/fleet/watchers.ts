/**
 * The watchers of each device, by device id: a device stays watched if it is removed and comes back, or changes its
 * instance.
 */
export class Watchers {
  readonly #byDevice = new Map<string, Map<string, number>>();

  /** @param intervalMs the polling interval that this watcher requests. Returns whether it has changed */
  set(id: string, by: string, intervalMs: number): boolean {
    const watchers = this.#byDevice.get(id) ?? new Map<string, number>();
    const isNew = watchers.get(by) !== intervalMs;
    this.#byDevice.set(id, watchers.set(by, intervalMs));
    return isNew;
  }

  delete(id: string, by: string): boolean {
    const watchers = this.#byDevice.get(id);
    if (!watchers?.delete(by)) return false;
    if (watchers.size === 0) this.#byDevice.delete(id);
    return true;
  }

  of(id: string): ReadonlyMap<string, number> {
    return this.#byDevice.get(id) ?? NOBODY;
  }

  /** Every watched device with its shortest requested interval. */
  *all(): Iterable<[id: string, intervalMs: number]> {
    for (const [id, watchers] of this.#byDevice) yield [id, Math.min(...watchers.values())];
  }
}

const NOBODY: ReadonlyMap<string, number> = new Map();
