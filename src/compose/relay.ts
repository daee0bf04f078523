/**
 * A callback for parts that depend on each other: one is built with the relay, and the other is connected later, once,
 * before anything starts.
 */
export class Relay<A extends unknown[]> {
  #listeners: readonly ((...args: A) => void)[] | undefined;

  readonly send = (...args: A): void => {
    if (!this.#listeners) throw new Error('A message was sent before a listener was connected.');
    for (const listener of this.#listeners) listener(...args);
  };

  connect(...listeners: ((...args: A) => void)[]): void {
    if (this.#listeners) throw new Error('The listener can be connected only once.');
    this.#listeners = listeners;
  }
}
