import { usageError } from './command.ts';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h` in milliseconds. @param what names the argument in the error */
export function durationOf(text: string, what: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) throw usageError(`${what} ${text}: write it as 30m, 2h or 1d.`);
  return Number(number) * (UNITS[unit] as number);
}
