import { VigiaError } from '../protocol/errors.ts';

export const DAY_MS = 86_400_000;

/**
 * Resolves a queried time span, in milliseconds since the epoch. `to` is capped at now.
 * @param byDefault the length of the span if `from` is missing
 * @throws VigiaError `invalid_payload`
 */
export function spanOf(
  asked: { from?: number | undefined; to?: number | undefined },
  byDefault: number,
  now: number,
): { from: number; to: number } {
  const to = Math.min(asked.to ?? now, now);
  const from = asked.from ?? to - byDefault;
  if (from >= to) throw wrongFrom('must be before `to`, and before now');
  return { from, to };
}

export const wrongFrom = (message: string) => new VigiaError('invalid_payload', undefined, [{ path: 'from', message }]);
