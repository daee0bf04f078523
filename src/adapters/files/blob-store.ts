import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, checkBlobName } from '../../ports/blob-store.ts';
import { DIRECTORY_MODE, isMissing, writeFileAtomic } from './file-system.ts';

/** One file for each blob, in 256 directories by a hash of the name, to keep directories small. */
export function createFileBlobStore(directory: string): BlobStore {
  const shardOf = (name: string): string => {
    checkBlobName(name);
    return join(directory, createHash('sha256').update(name).digest('hex').slice(0, 2));
  };
  const pathOf = (name: string): string => join(shardOf(name), name);

  return {
    async put(name, bytes) {
      const shard = shardOf(name);
      await mkdir(shard, { recursive: true, mode: DIRECTORY_MODE });
      await writeFileAtomic(shard, name, bytes);
    },
    get: async (name) => orMissing(readFile(pathOf(name)), undefined),
    has: async (name) =>
      orMissing(
        stat(pathOf(name)).then(() => true),
        false,
      ),
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
    async *list() {
      for (const shard of await orMissing(readdir(directory), [])) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue;
        for (const name of await orMissing(readdir(join(directory, shard)), [])) {
          const found = await orMissing(stat(join(directory, shard, name)), undefined);
          if (found?.isFile()) yield { name, changedAt: found.mtimeMs };
        }
      }
    },
  };
}

async function orMissing<T, M>(found: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await found;
  } catch (error) {
    if (isMissing(error)) return missing;
    throw error;
  }
}
