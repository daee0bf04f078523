import { isRefusal } from './errors.ts';

/**
 * Writes the items as one batch. If the database rejects it, bisects the batch: `refused` is called for each rejected
 * item, and all others are written. Rethrows errors that may be temporary (the database is unavailable).
 */
export async function writeBisecting<T>(
  items: readonly T[],
  write: (items: readonly T[]) => Promise<unknown>,
  refused: (item: T, error: unknown) => void,
): Promise<void> {
  try {
    await write(items);
  } catch (error) {
    const [only] = items;
    if (!isRefusal(error) || only === undefined) throw error;
    if (items.length === 1) {
      refused(only, error);
      return;
    }
    const half = Math.ceil(items.length / 2);
    await writeBisecting(items.slice(0, half), write, refused);
    await writeBisecting(items.slice(half), write, refused);
  }
}
