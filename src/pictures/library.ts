import type { BlobStore } from '../ports/blob-store.ts';
import type { SnapshotIndex, SnapshotRow } from '../ports/snapshot-index.ts';
import { VigiaError } from '../protocol/errors.ts';
import { SNAPSHOT_ID } from '../protocol/snapshot.ts';
import { fileNames } from './housekeeping.ts';

/** The stored pictures, to look at. */
export interface Library {
  /** Newest first. `before`: the id of the last one of the page before. */
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  /** WebP; undefined: there is no such picture (any more). */
  read(id: string, what: 'picture' | 'thumbnail'): Promise<Buffer | undefined>;
}

export function createLibrary({ blobs, index }: { blobs: BlobStore; index: SnapshotIndex }): Library {
  return {
    list: (deviceId, page) => orUnavailable(index.list(deviceId, page)),
    async read(id, what) {
      if (!SNAPSHOT_ID.test(id)) return undefined;
      if (!(await orUnavailable(index.get(id)))) return undefined;
      return blobs.get(fileNames(id)[what]);
    },
  };
}

/** The database is away, or does not answer. */
function orUnavailable<T>(read: Promise<T>): Promise<T> {
  return read.catch(() => {
    throw new VigiaError('unavailable', 'The screenshots cannot be looked up now.');
  });
}
