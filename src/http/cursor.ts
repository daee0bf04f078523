import { createHash } from 'node:crypto';
import { VigiaError } from '../protocol/errors.ts';
import { ID } from '../protocol/schema.ts';

/** The cursor of a list that is ordered by id: the last one, so that it is stable while devices come and go. */
export const encodeCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** @throws VigiaError `invalid_payload` for what was never given out */
export function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  // Decoding skips what it does not know, so only a cursor that comes out the same again was ever given out.
  if (ID.safeParse(id).success && encodeCursor(id) === cursor) return id;
  throw notOfThisList();
}

/** The cursor of a list that is in the order of its keys: the last one, and which list it is of. */
export function keyCursor(list: string, key: RegExp) {
  const encode = (last: string): string => Buffer.from(`${list}.${last}`).toString('base64url');
  return {
    encode,
    /** @throws VigiaError `invalid_payload` for what was never given out by this list */
    decode(cursor: string): string {
      const text = Buffer.from(cursor, 'base64url').toString();
      const last = text.slice(list.length + 1);
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
