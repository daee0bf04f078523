import type { BlobStore } from '../../ports/blob-store.ts';

/** For tests of code that uses a BlobStore. */
export function createMemoryBlobStore(now: () => number = () => 0): BlobStore {
  const blobs = new Map<string, { bytes: Buffer; changedAt: number }>();
  const checked = (name: string): string => {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name)) throw new Error('invalid blob name');
    return name;
  };
  return {
    async put(name, bytes) {
      blobs.set(checked(name), { bytes: Buffer.from(bytes), changedAt: now() });
    },
    get: async (name) => {
      const found = blobs.get(checked(name));
      return found && Buffer.from(found.bytes);
    },
    has: async (name) => blobs.has(checked(name)),
    async remove(name) {
      blobs.delete(checked(name));
    },
    async *list() {
      for (const [name, { changedAt }] of [...blobs]) yield { name, changedAt };
    },
  };
}
