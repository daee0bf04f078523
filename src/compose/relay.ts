/**
 * Carries what one part says to parts that are made after it: where two need each other, one of them is given this
 * instead. Its listeners are given once, before anything starts.
 */
export class Relay<A extends unknown[]> {
  #listeners: readonly ((...said: A) => void)[] | undefined;

  readonly send = (...said: A): void => {
    if (!this.#listeners) throw new Error('Something was said before anybody could hear it.');
    for (const listener of this.#listeners) listener(...said);
  };

  connect(...listeners: ((...said: A) => void)[]): void {
    if (this.#listeners) throw new Error('The listeners are given once.');
    this.#listeners = listeners;
  }
}
