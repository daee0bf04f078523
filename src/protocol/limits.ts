import { type Fault, VigiaError } from './errors.ts';

export const MAX_DEPTH = 32;
export const MAX_NODES = 5000;

/** Keys that mean something to JavaScript itself; a patch that names one could reach a prototype. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what nothing else may walk: too deep, too many values, keys that reach prototypes, binary data.
 * One pass, no copies. Returns the size in characters of its JSON, roughly.
 * @throws VigiaError `invalid_payload` with the path of the fault
 */
export function measure(value: unknown): number {
  const walker: Walker = { nodes: 0, size: 0, fault: '' };
  const path = walk(walker, value, 0);
  if (path === undefined) return walker.size;
  throw new VigiaError('invalid_payload', undefined, [
    { path: path.reverse().join('.'), message: walker.fault } satisfies Fault,
  ]);
}

/** @throws VigiaError `payload_too_large` */
export function refuseLarger(value: unknown, size: number, maxBytes: number): void {
  // A character takes up to three bytes (six when escaped), and a digit in a list counts as up to twelve characters:
  // the exact size is within a factor of six, and only computed where it could matter.
  if (size * 6 <= maxBytes) return;
  const bytes = size > maxBytes * 6 ? size : Buffer.byteLength(JSON.stringify(value));
  if (bytes > maxBytes)
    throw new VigiaError('payload_too_large', `The state takes ${bytes} bytes; at most ${maxBytes} are kept.`);
}

interface Walker {
  nodes: number;
  size: number;
  fault: string;
}

/** The path of the first fault, innermost key first, or undefined. */
function walk(w: Walker, node: unknown, depth: number): string[] | undefined {
  if (++w.nodes > MAX_NODES) return fail(w, `more than ${MAX_NODES} values`);
  if (typeof node === 'string') {
    w.size += node.length + 2;
    return undefined;
  }
  if (typeof node !== 'object' || node === null) {
    w.size += 4;
    return undefined;
  }
  if (depth > MAX_DEPTH) return fail(w, `deeper than ${MAX_DEPTH} levels`);
  if (ArrayBuffer.isView(node) || node instanceof ArrayBuffer) return fail(w, 'binary data is not expected here');
  for (const key in node) {
    w.size += key.length + 4;
    if (FORBIDDEN.has(key)) return [...fail(w, 'this key is not allowed'), key];
    const below = walk(w, (node as Record<string, unknown>)[key], depth + 1);
    if (below) {
      below.push(key);
      return below;
    }
  }
  return undefined;
}

function fail(w: Walker, message: string): string[] {
  w.fault = message;
  return [];
}
