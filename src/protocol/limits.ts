import { type Fault, VigiaError } from './errors.ts';

export const MAX_DEPTH = 32;

/** Keys with a special meaning in JavaScript; a patch with one of them could reach a prototype. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses values that are unsafe for the rest of the server: too large, too deep, with keys that reach prototypes, or
 * with binary data. The number of values needs no limit, because each takes at least two bytes of JSON. Stops as soon
 * as the value is certainly too large. Returns the approximate size of its JSON in characters.
 * @throws VigiaError `invalid_payload` with the path of the fault; `payload_too_large`
 */
export function measure(value: unknown, maxBytes: number): number {
  const walker: Walker = { text: 0, scalars: 0, maxBytes, fault: undefined };
  const path = walk(walker, value, 0);
  const { text, scalars, fault } = walker;
  if (path) {
    if (fault === undefined) throw tooLarge(`more than ${maxBytes}`, maxBytes);
    throw new VigiaError('invalid_payload', undefined, [
      { path: path.reverse().join('.'), message: fault } satisfies Fault,
    ]);
  }
  // A character takes up to six bytes, a number up to 25 characters. The exact size is expensive, so it is only
  // computed near the limit.
  if (text * 6 + scalars * 25 > maxBytes) {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
    if (bytes > maxBytes) throw tooLarge(String(bytes), maxBytes);
  }
  return text + scalars * 4;
}

const tooLarge = (bytes: string, maxBytes: number) =>
  new VigiaError('payload_too_large', `The value takes ${bytes} bytes; at most ${maxBytes} are kept.`);

interface Walker {
  /** Characters of texts, keys and punctuation so far. */
  text: number;
  /** Numbers, booleans and nulls so far: each takes at least one character. */
  scalars: number;
  maxBytes: number;
  /** Undefined if there is none, or if the fault is the size. */
  fault: string | undefined;
}

/** Returns the path of the first fault, innermost key first; undefined if there is none. */
function walk(w: Walker, node: unknown, depth: number): string[] | undefined {
  if (typeof node === 'string') {
    w.text += node.length + 2;
  } else if (typeof node !== 'object' || node === null) {
    w.scalars++;
  } else {
    if (depth > MAX_DEPTH) return fail(w, `deeper than ${MAX_DEPTH} levels`);
    if (ArrayBuffer.isView(node) || node instanceof ArrayBuffer) return fail(w, 'binary data is not expected here');
    return Array.isArray(node) ? walkList(w, node, depth) : walkObject(w, node as Record<string, unknown>, depth);
  }
  return w.text + w.scalars > w.maxBytes ? [] : undefined;
}

function walkObject(w: Walker, node: Record<string, unknown>, depth: number): string[] | undefined {
  w.text++;
  for (const key in node) {
    if (FORBIDDEN.has(key)) return [...fail(w, 'this key is not allowed'), key];
    // JSON omits undefined.
    if (node[key] === undefined) continue;
    w.text += key.length + 4;
    const below = walk(w, node[key], depth + 1);
    if (below) {
      below.push(key);
      return below;
    }
  }
  return undefined;
}

function walkList(w: Walker, node: readonly unknown[], depth: number): string[] | undefined {
  w.text++;
  for (let i = 0; i < node.length; i++) {
    w.text++;
    const below = walk(w, node[i], depth + 1);
    if (below) {
      below.push(String(i));
      return below;
    }
  }
  return undefined;
}

function fail(w: Walker, message: string): string[] {
  w.fault = message;
  return [];
}
