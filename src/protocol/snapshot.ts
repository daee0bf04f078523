import { namesPictures, type PicturePath, picturePath } from '../../machines/reading.ts';
import type { JsonObject, Time } from './document.ts';

export type { PicturePath } from '../../machines/reading.ts';

/** A stored picture, as `state.snapshot`, a command's `result` and REST tell of it (SPEC P10). */
export interface Snapshot {
  url: string;
  thumbnailUrl: string;
  /** Of the file as it is stored. */
  bytes: number;
  /** Pixels, as stored. */
  width: number;
  height: number;
  /** When it arrived, by the server's clock. */
  takenAt: Time;
  /** It shows nothing. */
  black: boolean;
  /** It shows just what the device's picture before it showed. */
  sameAsBefore: boolean;
}

/** Binary, or base64 with or without the head of a data URL. */
export type Picture = Uint8Array | string;

/** A time that sorts as text, and chance. */
export const SNAPSHOT_ID = /^[0-9a-z]{9}-[0-9a-f]{16}$/;
const PATH = '/api/v1/snapshots/';

export const snapshotUrls = (id: string): Pick<Snapshot, 'url' | 'thumbnailUrl'> => ({
  url: PATH + id,
  thumbnailUrl: `${PATH}${id}/thumbnail`,
});

/** Are these the facts of a stored picture, as only the server tells them? */
export function isSnapshot(value: unknown): value is Snapshot & JsonObject {
  const url = (value as { url?: unknown } | null | undefined)?.url;
  return typeof url === 'string' && url.startsWith(PATH) && SNAPSHOT_ID.test(url.slice(PATH.length));
}

/** The picture that this names on the player's own web server. Null: it names none yet. Undefined: nothing of the kind. */
export function pictureOnPlayer(value: unknown): PicturePath | null | undefined {
  // A player that uploads its screenshots answers with their facts.
  if (isSnapshot(value)) return undefined;
  const named = picturePath(value);
  return named && !isSnapshot({ url: named.path }) ? named : namesPictures(value) && !named ? null : undefined;
}

const KEYS = ['data', 'image', 'base64'] as const;
/** `{ snapshot: { image: { data } } }` is as deep as pictures are; who nests more has something else in mind. */
const MAX_DEPTH = 4;
/** Shorter texts are names or addresses, not pictures. */
const MIN_BASE64 = 256;
/** Every picture's file is longer; a short text that says that it is one is to be refused as one. */
const DATA_URL = /^data:image\//i;

/** The picture, if this is one or an object that holds one. */
export function pictureIn(value: unknown, depth = 0): Picture | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return value.length >= MIN_BASE64 || DATA_URL.test(value) ? value : undefined;
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined;
  for (const key of KEYS) {
    const picture = pictureIn((value as Record<string, unknown>)[key], depth + 1);
    if (picture !== undefined) return picture;
  }
  return undefined;
}

/** What else was said beside the picture. */
export function besidePicture(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value as JsonObject).filter(([key]) => !(KEYS as readonly string[]).includes(key)),
  );
}
