import { createHash } from 'node:crypto';
import { VigiaError } from '../protocol/errors.ts';

/** An id as the key of a list. */
export const ID_KEY = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * The cursor of a list that is in the order of its keys: the last one, so that it is stable while others come and go, and
 * which list it is of; that comes last, so that a cursor that was cut is none.
 */
export function keyCursor(list: string, key: RegExp) {
  const encode = (last: string): string => Buffer.from(`${last} ${list}`).toString('base64url');
  return {
    encode,
    /** @throws VigiaError `invalid_payload` for what was never given out by this list */
    decode(cursor: string): string {
      const text = Buffer.from(cursor, 'base64url').toString();
      const last = text.slice(0, -list.length - 1);
      // Decoding skips what it does not know, so only a cursor that comes out the same again was ever given out.
      if (key.test(last) && encode(last) === cursor) return last;
      throw notOfThisList();
    },
  };
}

/** The cursor of a list that is ordered by time: of this list alone, named by what was asked. */
export function encodeMark(at: number, id: string, list: readonly unknown[]): string {
  const name = createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
  return Buffer.from(`${at} ${id} ${name}`).toString('base64url');
}

/** @throws VigiaError `invalid_payload` for a cursor of another list: with it something would be left out or repeated */
export function decodeMark(cursor: string, list: readonly unknown[]): { at: number; id: string } {
  const [time, id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const at = Number(time);
  if (Number.isSafeInteger(at) && encodeMark(at, id, list) === cursor) return { at, id };
  throw notOfThisList();
}

const notOfThisList = () =>
  new VigiaError('invalid_payload', undefined, [{ path: 'cursor', message: 'not a cursor from a page of this list' }]);
