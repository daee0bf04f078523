/** Files by name: pictures. A name is `[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}`; any other is refused (an Error). */
export interface BlobStore {
  /** Appears whole or not at all. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Buffer | undefined>;
  has(name: string): Promise<boolean>;
  /** One that is not there is removed already. */
  remove(name: string): Promise<void>;
  /** All names, in no particular order, each with the time of its last change (ms); leftovers of broken writes too. */
  list(): AsyncIterable<{ name: string; changedAt: number }>;
}

/** No separators and no leading dot: no name leads out of a directory. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** @throws Error */
export function checkBlobName(name: string): void {
  if (!NAME.test(name)) throw new Error('not the name of a blob');
}
