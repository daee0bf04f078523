/** Files by name: pictures. A name is `[A-Za-z0-9._-]{1,128}`. */
export interface BlobStore {
  /** Appears whole or not at all. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Buffer | undefined>;
  remove(name: string): Promise<void>;
}
