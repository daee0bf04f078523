import type { Json } from './document.ts';

/** What is told of a picture in place of the picture (CONTRACT P10). */
export interface SnapshotNote {
  /** Bytes of the picture as it arrived. */
  size: number;
  takenAt: string;
}

const KEYS = ['data', 'image', 'base64'] as const;
/** `{ snapshot: { image: { data } } }` is as deep as pictures are; who nests more has something else in mind. */
const MAX_DEPTH = 4;
/** Shorter texts are names or addresses, not pictures. */
const MIN_BASE64 = 256;

/** The picture's size in bytes, if this is a picture or an object that holds one. */
export function pictureSize(value: unknown, depth = 0): number | undefined {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === 'string') return value.length >= MIN_BASE64 ? Math.floor((value.length * 3) / 4) : undefined;
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined;
  for (const key of KEYS) {
    const size = pictureSize((value as Record<string, unknown>)[key], depth + 1);
    if (size !== undefined) return size;
  }
  return undefined;
}

/** The value with its picture, if it is or holds one, replaced by a note of it. */
export function withoutPicture(value: unknown, at: string): unknown {
  const size = pictureSize(value);
  if (size === undefined) return value;
  const note: SnapshotNote = { size, takenAt: at };
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return note;
  const rest = Object.entries(value as Record<string, Json>).filter(
    ([key]) => !(KEYS as readonly string[]).includes(key),
  );
  return { ...Object.fromEntries(rest), ...note };
}
