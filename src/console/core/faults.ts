import type { ClientError } from '../../client/errors.ts';
import type { RestError } from './errors.ts';

/**
 * What the server found wrong with a form. `at`: what belongs to this field. `rest`: the error, where it tells of no field
 * of those named; it goes beside the button.
 */
export interface Faults {
  at(path: string): string | undefined;
  rest: unknown;
}

/** @param fields the paths that the form shows faults at */
export function faultsOf(error: unknown, fields: readonly string[]): Faults {
  const { faults: byRest, details } = (error ?? {}) as Partial<RestError & ClientError>;
  const faults = byRest ?? details ?? [];
  const here = new Map(faults.filter(({ path }) => fields.includes(path)).map(({ path, message }) => [path, message]));
  return { at: (path) => here.get(path), rest: faults.length > 0 && here.size === faults.length ? undefined : error };
}
