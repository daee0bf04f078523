import type { ClientError } from '../../client/errors.ts';
import type { RestError } from './errors.ts';

/**
 * The server's validation errors for a form. `at`: the fault of a field. `rest`: the error if it concerns none of the
 * fields; shown next to the button.
 */
export interface Faults {
  at(path: string): string | undefined;
  rest: unknown;
}

/** @param fields the paths of the form's fields */
export function faultsOf(error: unknown, fields: readonly string[]): Faults {
  const { faults: byRest, details } = (error ?? {}) as Partial<RestError & ClientError>;
  const faults = byRest ?? details ?? [];
  const here = new Map(faults.filter(({ path }) => fields.includes(path)).map(({ path, message }) => [path, message]));
  return { at: (path) => here.get(path), rest: faults.length > 0 && here.size === faults.length ? undefined : error };
}
