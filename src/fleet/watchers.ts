/** Who watches which device, by its id: one that is removed and comes back, or changes hands, is still watched. */
export class Watchers {
  readonly #byDevice = new Map<string, Set<string>>();

  has(id: string): boolean {
    return this.#byDevice.has(id);
  }

  /** Is this the first one? */
  add(id: string, by: string): boolean {
    const watchers = this.#byDevice.get(id);
    watchers?.add(by);
    if (!watchers) this.#byDevice.set(id, new Set([by]));
    return !watchers;
  }

  /** Was this the last one? */
  delete(id: string, by: string): boolean {
    const watchers = this.#byDevice.get(id);
    if (!watchers?.delete(by) || watchers.size > 0) return false;
    return this.#byDevice.delete(id);
  }

  /** Every watched device. */
  get ids(): Iterable<string> {
    return this.#byDevice.keys();
  }
}
