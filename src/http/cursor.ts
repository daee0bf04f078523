import { createHash } from 'node:crypto';
import { VigiaError } from '../protocol/errors.ts';

/** An id as the key of a list. */
export const ID_KEY = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Cursors of a list that is ordered by its keys. A cursor holds the last key, so it stays valid when entries are added
 * or removed. It ends with the list's name, so a truncated cursor is invalid.
 */
export function keyCursor(list: string, key: RegExp) {
  const encode = (last: string): string => Buffer.from(`${last} ${list}`).toString('base64url');
  return {
    encode,
    /** @throws VigiaError `invalid_payload` if this list did not issue the cursor */
    decode(cursor: string): string {
      const text = Buffer.from(cursor, 'base64url').toString();
      const last = text.slice(0, -list.length - 1);
      // Base64 decoding ignores unknown characters, so only the exact encoding is accepted.
      if (key.test(last) && encode(last) === cursor) return last;
      throw notOfThisList();
    },
  };
}

/** A cursor of a list that is ordered by time, valid only for the same query (`list`). */
export function encodeMark(at: number, id: string, list: readonly unknown[]): string {
  const name = createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
  return Buffer.from(`${at} ${id} ${name}`).toString('base64url');
}

/** @throws VigiaError `invalid_payload` for a cursor of another query, which would skip or repeat entries */
export function decodeMark(cursor: string, list: readonly unknown[]): { at: number; id: string } {
  const [time, id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const at = Number(time);
  if (Number.isSafeInteger(at) && encodeMark(at, id, list) === cursor) return { at, id };
  throw notOfThisList();
}

const notOfThisList = () =>
  new VigiaError('invalid_payload', undefined, [{ path: 'cursor', message: 'not a cursor from a page of this list' }]);
