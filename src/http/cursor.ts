import { VigiaError } from '../protocol/errors.ts';
import { ID } from '../protocol/schema.ts';

/** The cursor of a list that is ordered by id: the last one, so that it is stable while devices come and go. */
export const encodeCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** @throws VigiaError `invalid_payload` for what was never given out */
export function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  // Decoding skips what it does not know, so only a cursor that comes out the same again was ever given out.
  if (ID.safeParse(id).success && encodeCursor(id) === cursor) return id;
  throw new VigiaError('invalid_payload', undefined, [
    { path: 'cursor', message: 'not a cursor from a page of this list' },
  ]);
}
