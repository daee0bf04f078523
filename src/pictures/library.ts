import type { Logger } from 'pino';
import type { BlobStore } from '../ports/blob-store.ts';
import type { SnapshotIndex, SnapshotRow } from '../ports/snapshot-index.ts';
import { orUnavailable } from '../protocol/errors.ts';
import { SNAPSHOT_ID } from '../protocol/snapshot.ts';
import { fileNames } from './housekeeping.ts';

/** Reads stored screenshots. */
export interface Library {
  /** Newest first. `before`: the last id of the previous page. */
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  /** The device that the screenshot shows. */
  deviceOf(id: string): Promise<string | undefined>;
  /** WebP; undefined if the screenshot does not exist (any more). */
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
