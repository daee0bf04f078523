/** A part of the server that can start and stop. */
export interface Part {
  start?(): unknown;
  stop?(): unknown;
}

/** Starts parts in order, and stops them in exactly the reverse order. */
export class Lifecycle {
  readonly #stops: (() => unknown)[] = [];

  /** A part that fails to start must clean up after itself. */
  async start<P extends Part>(opening: P | Promise<P>): Promise<P> {
    const part = await opening;
    await part.start?.();
    this.#stops.push(() => part.stop?.());
    return part;
  }

  /** Like `start`, for a resource that is running once opened. */
  async open<T>(opening: T | Promise<T>, close: (opened: T) => unknown): Promise<T> {
    const opened = await opening;
    this.#stops.push(() => close(opened));
    return opened;
  }

  /**
   * Stops in reverse order. If a part fails to stop, the others are stopped all the same.
   * @throws the first error, once all are stopped
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
 * Builds a part; if `build` fails, stops what was started.
 * @throws what `build` throws
 */
export async function running<T extends object>(
  build: (life: Lifecycle) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const life = new Lifecycle();
  try {
    return Object.assign(await build(life), { stop: () => life.stop() });
  } catch (error) {
    // The first error is the one to report.
    await life.stop().catch(() => {});
    throw error;
  }
}
