import { isRefusal } from './errors.ts';

/**
 * Writes them together; where the database refuses what it is given, in halves, until what it refuses is found: `refused`
 * is told of that, and all the others are written. What may pass (the database is away) is thrown.
 */
export async function writeKeepable<T>(
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
    await writeKeepable(items.slice(0, half), write, refused);
    await writeKeepable(items.slice(half), write, refused);
  }
}
