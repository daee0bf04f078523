import { VigiaError } from '../protocol/errors.ts';

export const DAY_MS = 86_400_000;

/**
 * From when to when is asked, in milliseconds. What is yet to come has not happened: `to` is now at the latest.
 * @param byDefault how long it is where `from` is left out
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
