import type { Json, JsonObject } from '../protocol/document.ts';

/**
 * Returns `after` with all parts equal to `before`'s replaced by `before`'s own objects. This saves memory and makes
 * later comparisons cheap. Modifies `after`, which must not be shared.
 */
export function shared(before: Json | undefined, after: Json): Json {
  if (before === after || typeof after !== 'object' || after === null) return after;
  const comparable = typeof before === 'object' && before !== null && Array.isArray(before) === Array.isArray(after);
  if (!comparable) return after;
  const [was, is] = [before as JsonObject, after as JsonObject];
  let equal = true;
  let keys = 0;
  for (const key in is) {
    keys++;
    const known = was[key];
    const now = is[key] as Json;
    if (known === now) continue;
    if (typeof now !== 'object' || now === null || known === undefined) equal = false;
    else {
      is[key] = shared(known, now);
      if (is[key] !== known) equal = false;
    }
  }
  for (const _ in was) keys--;
  return equal && keys === 0 ? (before as Json) : after;
}
