import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { SnapshotIndex, SnapshotRow, SnapshotSource } from '../ports/snapshot-index.ts';
import { publicError, type VigiaError } from '../protocol/errors.ts';
import { type Picture, type Snapshot, snapshotUrls } from '../protocol/snapshot.ts';
import { type Converted, convert } from './convert.ts';
import { PictureError } from './error.ts';
import { fileNames, type Housekeeping } from './housekeeping.ts';
import { createPictureQueue } from './queue.ts';

/** Receives the results, for waiting requests. `stored` returns false if the device does not exist. */
export interface PictureListener {
  stored(deviceId: string, snapshot: Snapshot): boolean;
  refused(deviceId: string, error: VigiaError, arrivedAt: number): void;
}

export interface PictureDeps {
  blobs: BlobStore;
  index: SnapshotIndex;
  housekeeping: Pick<Housekeeping, 'trim' | 'discard'>;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'pictureStored' | 'pictureRefused'>;
  /** Maximum size of a screenshot, in bytes. */
  maxBytes: number;
  listener: PictureListener;
}

export interface Pictures {
  /**
   * Validates and stores a screenshot, notifies the listener, and resolves with the metadata. With `mayBeStored`, an
   * image identical to the device's last one is not stored again. With `ageMs`, it is stored as of then, and is not what
   * the device shows now.
   * @throws PictureError (`invalid_payload`, `payload_too_large`, `rate_limited`, `unavailable`, `device_unknown`)
   */
  take(
    deviceId: string,
    picture: Picture,
    source: SnapshotSource,
    options?: { mayBeStored?: boolean; ageMs?: number | undefined },
  ): Promise<Snapshot>;
  /** Finishes running work and rejects the rest. */
  close(): Promise<void>;
}

export function createPictures(deps: PictureDeps): Pictures {
  const { blobs, index, housekeeping, clock, log, metrics, listener } = deps;
  const queue = createPictureQueue();

  async function keep(
    deviceId: string,
    converted: Converted,
    source: SnapshotSource,
    takenAt: number,
    isPast: boolean,
  ) {
    const { picture, thumbnail, width, height, hash, black } = converted;
    let id: string | undefined;
    try {
      const page = isPast ? { limit: 1, before: newId(takenAt, undefined) } : { limit: 1 };
      const [before] = await index.list(deviceId, page);
      id = newId(isPast ? takenAt : clock.wall(), before?.id);
      const files = fileNames(id);
      const facts = { width, height, hash, black, sameAsBefore: before?.hash === hash };
      const row: SnapshotRow = { id, deviceId, takenAt, bytes: picture.byteLength, ...facts, source };
      // The files come first, since a row promises them. Files without a row are removed later.
      await blobs.put(files.picture, picture);
      await blobs.put(files.thumbnail, thumbnail);
      await index.add(row);
      return row;
    } catch (error) {
      log.error({ err: error, deviceId }, 'cannot store a picture');
      if (id) await housekeeping.discard([id]).catch(() => {});
      throw new PictureError('not_stored');
    }
  }

  async function storedAlready(deviceId: string, { hash }: Converted): Promise<Snapshot | undefined> {
    const [last] = await index.list(deviceId, { limit: 1 });
    if (last?.hash !== hash) return undefined;
    const snapshot = factsOf(last);
    listener.stored(deviceId, snapshot);
    return snapshot;
  }

  async function work(
    deviceId: string,
    given: Picture,
    source: SnapshotSource,
    arrivedAt: number,
    { mayBeStored = false, ageMs }: { mayBeStored?: boolean; ageMs?: number | undefined },
  ): Promise<Snapshot> {
    const begun = clock.now();
    const bytes = typeof given === 'string' ? decodeBase64(given) : given;
    if (bytes.byteLength > deps.maxBytes) throw new PictureError('too_many_bytes');
    const converted = await convert(bytes);
    const known = mayBeStored ? await storedAlready(deviceId, converted) : undefined;
    if (known) return known;
    const isPast = ageMs !== undefined;
    const row = await keep(deviceId, converted, source, clock.wall(arrivedAt) - (ageMs ?? 0), isPast);
    const snapshot = factsOf(row);
    if (!isPast && !listener.stored(deviceId, snapshot)) {
      await housekeeping.discard([row.id]);
      throw new PictureError('device_removed');
    }
    metrics.pictureStored(source, row.bytes, (clock.now() - begun) / 1000);
    housekeeping.trim(deviceId);
    return snapshot;
  }

  return {
    async take(deviceId, picture, source, options = {}) {
      const arrivedAt = clock.now();
      const isPast = options.ageMs !== undefined;
      // A late picture does not displace one that waits, and nobody waits for it.
      const place = isPast ? `${deviceId} past` : deviceId;
      try {
        // A lower bound of the decoded size, which is what the limit applies to.
        const size = typeof picture === 'string' ? Math.ceil(picture.length * 0.75) : picture.byteLength;
        return await queue.add(place, size, () => work(deviceId, picture, source, arrivedAt, options));
      } catch (error) {
        const reason = error instanceof PictureError ? error.reason : 'not_stored';
        metrics.pictureRefused(reason);
        log.debug({ deviceId, source, reason, code: publicError(error).code }, 'picture refused');
        const refusal = error instanceof PictureError ? error : new PictureError(reason);
        // Being superseded by a newer screenshot is not a failure: the listener receives the newer one.
        if (reason !== 'superseded' && !isPast) listener.refused(deviceId, refusal, arrivedAt);
        throw refusal;
      }
    },
    close: () => queue.close(),
  };
}

export function factsOf({ id, bytes, width, height, takenAt, black, sameAsBefore }: SnapshotRow): Snapshot {
  const urls = snapshotUrls(id);
  return { ...urls, bytes, width, height, takenAt: new Date(takenAt).toISOString(), black, sameAsBefore };
}

/** Ids of a device's screenshots must increase, even if the clock was set back. */
function newId(now: number, before: string | undefined): string {
  const at = before === undefined ? now : Math.max(now, Number.parseInt(before, 36) + 1);
  return `${at.toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`;
}

/** Invalid base64 decodes to bytes that are not an image. */
function decodeBase64(text: string): Buffer {
  const comma = /^data:[^,]{0,200},/i.exec(text)?.[0].length ?? 0;
  return Buffer.from(comma > 0 ? text.slice(comma) : text, 'base64');
}
