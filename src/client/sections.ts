import type { Json, JsonObject } from '../protocol/document.ts';
import { hasOwn } from './own.ts';

/** A section that changes with every report is not sent on its own, only together with others. */
const STAMP = 'timestamp';

/**
 * The sections for a `state:update` (P4) that turns `before` into `after`; undefined: impossible, since a section was
 * removed. Empty: nothing has changed except the timestamp.
 */
export function changedSections(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const changes: JsonObject = {};
  for (const key in before) if (after[key] === undefined) return undefined;
  for (const key in after) {
    const value = after[key];
    if (value !== undefined && key !== STAMP && !isEqual(before[key], value)) changes[key] = value;
  }
  return changes;
}

function isEqual(a: Json | undefined, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as JsonObject, b as JsonObject];
  const keys = Object.keys(x);
  return (
    keys.length === Object.keys(y).length && keys.every((key) => hasOwn(y, key) && isEqual(x[key], y[key] as Json))
  );
}
