import type { Operation } from 'fast-json-patch';

/**
 * The storage format of a patch: a JSON array of consecutive entries:
 * - `5,VALUE`: replace the value at path number 5;
 * - `-5,MS`: the same for a timestamp, in milliseconds after the time of the change;
 * - `"/a/b",VALUE`: replace the value at a path without a number;
 * - an object: an RFC 6902 operation.
 *
 * Decoding restores the same operations in the same order.
 */
export function encodePatch(
  patch: readonly Operation[],
  at: number,
  idOf: (path: string) => number | undefined,
): string {
  const entries: unknown[] = [];
  for (const operation of patch) {
    if (!isPlainReplace(operation)) {
      entries.push(operation);
      continue;
    }
    const { path, value } = operation;
    const id = idOf(path);
    const ms = id === undefined ? undefined : timeOf(value);
    if (id !== undefined && ms !== undefined) entries.push(-id, ms - at);
    else entries.push(id ?? path, value);
  }
  return JSON.stringify(entries);
}

/** @throws UnknownPathError */
export function decodePatch(text: string, at: number, pathOf: (id: number) => string | undefined): Operation[] {
  const entries = JSON.parse(text) as unknown[];
  const patch: Operation[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (typeof entry === 'object') {
      patch.push(entry as Operation);
      continue;
    }
    const value = entries[++i];
    if (typeof entry === 'string') patch.push({ op: 'replace', path: entry, value });
    else {
      const id = entry as number;
      const path = pathOf(Math.abs(id));
      if (path === undefined) throw new UnknownPathError();
      patch.push({ op: 'replace', path, value: id < 0 ? new Date(at + (value as number)).toISOString() : value });
    }
  }
  return patch;
}

/** The patch refers to a path number that is not loaded (yet). */
export class UnknownPathError extends Error {
  override name = 'UnknownPathError';
}

/** Without any other members, which would be lost. */
function isPlainReplace(operation: Operation): operation is Extract<Operation, { op: 'replace' }> {
  return operation.op === 'replace' && operation.value !== undefined && Object.keys(operation).length === 3;
}

const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;

/** Only a timestamp that is in the format that decoding produces. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length !== TIME_LENGTH || !value.endsWith('Z')) return undefined;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value ? ms : undefined;
}
