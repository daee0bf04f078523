/** A part of the server: what it does to start, and what it takes to stop. */
export interface Part {
  start?(): unknown;
  stop?(): unknown;
}

/** Starts parts in order, and stops them in exactly the reverse order. */
export class Lifecycle {
  readonly #stops: (() => unknown)[] = [];

  /** A part that does not start has nothing to stop: it leaves nothing behind. */
  async start<P extends Part>(opening: P | Promise<P>): Promise<P> {
    const part = await opening;
    await part.start?.();
    this.#stops.push(() => part.stop?.());
    return part;
  }

  /** The same for what runs once it is opened. */
  async open<T>(opening: T | Promise<T>, close: (opened: T) => unknown): Promise<T> {
    const opened = await opening;
    this.#stops.push(() => close(opened));
    return opened;
  }

  /**
   * What was started last is stopped first. A part that fails to stop does not keep the others running.
   * @throws the first of such errors, once all are stopped
   */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * What `build` makes, and how to stop all that it started. Where it fails, what it had started is stopped.
 * @throws what `build` throws
 */
export async function running<T extends object>(
  build: (life: Lifecycle) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const life = new Lifecycle();
  try {
    return Object.assign(await build(life), { stop: () => life.stop() });
  } catch (error) {
    // What went wrong first is what the operator is to read.
    await life.stop().catch(() => {});
    throw error;
  }
}
