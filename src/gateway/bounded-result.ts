import { publicError } from '../protocol/errors.ts';
import { measure } from '../protocol/limits.ts';

const MAX_RESULT_BYTES = 16_384;

/** An answer counts even if what came with it is too much to keep. */
export function boundedResult(result: unknown): unknown {
  try {
    measure(result, MAX_RESULT_BYTES);
    return result;
  } catch (error) {
    return { dropped: publicError(error).message };
  }
}
