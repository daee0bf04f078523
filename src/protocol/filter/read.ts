import { VigiaError } from '../errors.ts';
import { type Filter, FilterError } from './filter.ts';
import { parseFilter } from './parse.ts';

/**
 * Parses a filter that a client sent in the field `path`.
 * @throws VigiaError `invalid_payload`, with the position of the fault
 */
export function readFilter(path: string, text: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { message, offset } = error;
    throw new VigiaError('invalid_payload', undefined, [{ path, message, offset }]);
  }
}
