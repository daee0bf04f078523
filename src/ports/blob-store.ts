/** Named files, for screenshots. A name is `[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}`; any other is refused with an Error. */
export interface BlobStore {
  /** Atomic. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Buffer | undefined>;
  has(name: string): Promise<boolean>;
  /** Does nothing if the blob does not exist. */
  remove(name: string): Promise<void>;
  /** All names, in no particular order, with the time of the last change (ms). Includes leftovers of failed writes. */
  list(): AsyncIterable<{ name: string; changedAt: number }>;
}

/** Without separators and a leading dot, a name cannot leave the directory. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** @throws Error if the name is invalid */
export function checkBlobName(name: string): void {
  if (!NAME.test(name)) throw new Error('invalid blob name');
}
