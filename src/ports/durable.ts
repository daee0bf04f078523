import { VigiaError } from '../protocol/errors.ts';
import type { StateStore } from './state-store.ts';

/**
 * Call this before creating something that may only be published once it is durable.
 * @throws VigiaError `unavailable`
 */
export function checkWritable(store: StateStore): void {
  if (!store.healthy) throw new VigiaError('unavailable', 'The database cannot be written now.');
}

/**
 * Resolves once all earlier puts survive a crash.
 * @throws VigiaError `unavailable` if they cannot be written now
 */
export async function durable(store: StateStore): Promise<void> {
  checkWritable(store);
  try {
    await store.committed();
  } catch {
    throw new VigiaError('unavailable', 'The database cannot be written now.');
  }
}

/**
 * For something new: if it cannot be stored now, `undo` removes it. Otherwise the pending write would create it later, in
 * addition to the one that the caller tries again.
 */
export async function orUndone<T>(stored: Promise<T>, undo: () => unknown): Promise<T> {
  try {
    return await stored;
  } catch (error) {
    await undo();
    throw error;
  }
}

/**
 * Loads before an edit, because an edit of an older copy would undo another instance's change, such as a new secret.
 * @throws VigiaError `unavailable`
 */
export async function loadNewest(store: StateStore, load: () => Promise<void>): Promise<void> {
  checkWritable(store);
  try {
    await load();
  } catch {
    throw new VigiaError('unavailable');
  }
}
