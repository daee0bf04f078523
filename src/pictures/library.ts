import type { Logger } from 'pino';
import type { BlobStore } from '../ports/blob-store.ts';
import type { SnapshotIndex, SnapshotRow } from '../ports/snapshot-index.ts';
import { orUnavailable } from '../protocol/errors.ts';
import { SNAPSHOT_ID } from '../protocol/snapshot.ts';
import { fileNames } from './housekeeping.ts';

/** The stored pictures, to look at. */
export interface Library {
  /** Newest first. `before`: the id of the last one of the page before. */
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  /** Whose picture it is. */
  deviceOf(id: string): Promise<string | undefined>;
  /** WebP; undefined: there is no such picture (any more). */
  read(id: string, what: 'picture' | 'thumbnail'): Promise<Buffer | undefined>;
}

export interface LibraryDeps {
  blobs: BlobStore;
  index: SnapshotIndex;
  log: Pick<Logger, 'warn'>;
}

export function createLibrary({ blobs, index, log }: LibraryDeps): Library {
  const lookUp = <T>(read: () => Promise<T>): Promise<T> =>
    orUnavailable(read, 'The screenshots cannot be looked up now.', (error) =>
      log.warn({ err: error }, 'cannot look up screenshots'),
    );
  return {
    list: (deviceId, page) => lookUp(() => index.list(deviceId, page)),
    deviceOf: async (id) => (await lookUp(() => index.get(id)))?.deviceId,
    async read(id, what) {
      if (!SNAPSHOT_ID.test(id)) return undefined;
      if (!(await lookUp(() => index.get(id)))) return undefined;
      return lookUp(() => blobs.get(fileNames(id)[what]));
    },
  };
}
