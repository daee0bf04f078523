import { namesPictures, PICTURE_SECTION, type PicturePath, picturePath } from '../../machines/reading.ts';
import type { JsonObject, Time } from './document.ts';

export type { PicturePath } from '../../machines/reading.ts';

/** The facts of a stored screenshot, as in `state.snapshot`, a command's `result` and REST (SPEC P10). */
export interface Snapshot {
  url: string;
  thumbnailUrl: string;
  /** Size of the stored file. */
  bytes: number;
  /** In pixels, as stored. */
  width: number;
  height: number;
  /** When it arrived, by the server's clock. */
  takenAt: Time;
  /** The screenshot is black. */
  black: boolean;
  /** The screenshot is identical to the device's previous one. */
  sameAsBefore: boolean;
}

/** Binary, or base64 with or without the prefix of a data URL. */
export type Picture = Uint8Array | string;

/** A timestamp that sorts as text, and a random part. */
export const SNAPSHOT_ID = /^[0-9a-z]{9}-[0-9a-f]{16}$/;
const PATH = '/api/v1/snapshots/';

export const snapshotUrls = (id: string): Pick<Snapshot, 'url' | 'thumbnailUrl'> => ({
  url: PATH + id,
  thumbnailUrl: `${PATH}${id}/thumbnail`,
});

/** Are these the facts of a stored screenshot, as the server creates them? */
export function isSnapshot(value: unknown): value is Snapshot & JsonObject {
  const url = (value as { url?: unknown } | null | undefined)?.url;
  return typeof url === 'string' && url.startsWith(PATH) && SNAPSHOT_ID.test(url.slice(PATH.length));
}

/** The path of a screenshot on the player's own web server. Null: not available yet. Undefined: not such a value. */
export function pictureOnPlayer(value: unknown): PicturePath | null | undefined {
  // A player that uploads its screenshots responds with their facts.
  if (isSnapshot(value)) return undefined;
  const named = picturePath(value);
  return named && !isSnapshot({ url: named.path }) ? named : namesPictures(value) && !named ? null : undefined;
}

/** Where a picture is, in the order of search. */
const KEYS = ['data', 'image', 'base64', PICTURE_SECTION, 'url'] as const;
/** Pictures are found up to this depth: `{ snapshot: { image: { data } } }`. */
const MAX_DEPTH = 4;
/** Shorter texts are names or URLs, not pictures. */
const MIN_BASE64 = 256;
/** Marks a text as a picture even if it is short, so that it is refused as an invalid picture. */
const DATA_URL = /^data:image\//i;

/** The picture in this value or in an object that contains it. */
export function pictureIn(value: unknown): Picture | undefined {
  return find(value, 0);
}

function find(value: unknown, depth: number, key?: string): Picture | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') {
    // Other URLs name a picture instead of being one.
    return DATA_URL.test(value) || (key !== 'url' && value.length >= MIN_BASE64) ? value : undefined;
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined;
  const it = value as Record<string, unknown>;
  for (const key of KEYS) {
    const picture = find(it[key], depth + 1, key);
    if (picture !== undefined) return picture;
  }
  return undefined;
}

/** The fields beside the picture. */
export function besidePicture(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value as JsonObject).filter(([key]) => !(KEYS as readonly string[]).includes(key)),
  );
}
