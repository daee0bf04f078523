import { VigiaError } from '../protocol/errors.ts';
import type { StateStore } from './state-store.ts';

/** Before something is made that must not be told until it is safe. @throws VigiaError `unavailable` */
export function checkWritable(store: StateStore): void {
  if (!store.healthy) throw new VigiaError('unavailable', 'The database cannot be written now.');
}

/** Resolves once what was put outlives a crash. @throws VigiaError `unavailable` when that cannot be said now */
export async function durable(store: StateStore): Promise<void> {
  checkWritable(store);
  try {
    await store.committed();
  } catch {
    throw new VigiaError('unavailable', 'The database cannot be written now.');
  }
}
