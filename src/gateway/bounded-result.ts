import { publicError } from '../protocol/errors.ts';
import { measure } from '../protocol/limits.ts';
import type { CommandResponse } from '../protocol/player.ts';

const MAX_RESULT_BYTES = 16_384;

/** The result of an answer. A result that is too large is dropped, but the answer still counts. */
export function boundedResult(result: unknown): unknown {
  try {
    measure(result, MAX_RESULT_BYTES);
    return result;
  } catch (error) {
    return { dropped: publicError(error).message };
  }
}

/** The answer to a command, with a bounded result. */
export const boundedAnswer = ({ status, code, message }: CommandResponse, result: unknown) => ({
  status,
  ...(result !== undefined && { result: boundedResult(result) }),
  ...(code && status === 'error' && { code }),
  ...(message && { message }),
});
