import { z } from 'zod';
import { type ErrorCode, type Fault, VigiaError } from './errors.ts';

/** The form of device and command ids (SPEC P2). */
export const ID = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._:-]+$/, 'only A-Z a-z 0-9 . _ : - are allowed')
  // As a path segment, `.` and `..` mean another path.
  .regex(/[^.]/, 'must not be of dots alone');

export function issuesOf(error: z.ZodError, under = ''): Fault[] {
  return error.issues.slice(0, 20).map((issue) => ({
    path: [...(under ? [under] : []), ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
}

/** @throws VigiaError with the path of each fault */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  code: ErrorCode = 'invalid_payload',
  under = '',
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new VigiaError(code, undefined, issuesOf(parsed.error, under));
}
