import type { Operation } from 'fast-json-patch';
import type { Json } from '../protocol/document.ts';
import { hasOwn } from './own.ts';

/**
 * Applies an RFC 6902 patch without modifying the input. Both versions share everything that the patch does not touch,
 * so that views can compare by reference. (fast-json-patch modifies in place or copies everything.)
 * @throws Error if the patch does not fit
 */
export function applyPatch<T>(document: T, patch: readonly Operation[]): T {
  return patch.reduce<Json>(applyOne, document as Json) as T;
}

function applyOne(root: Json, operation: Operation): Json {
  const path = pathOf(operation.path);
  switch (operation.op) {
    case 'add':
    case 'replace':
      return put(root, path, operation.value, operation.op === 'add');
    case 'remove':
      return remove(root, path);
    case 'move': {
      const from = pathOf(operation.from);
      return put(remove(root, from), path, get(root, from), true);
    }
    case 'copy':
      return put(root, path, get(root, pathOf(operation.from)), true);
    case 'test':
      if (JSON.stringify(get(root, path)) === JSON.stringify(operation.value)) return root;
      throw misfit(operation.path);
    default:
      throw misfit(operation.path);
  }
}

function pathOf(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function get(root: Json, path: readonly string[]): Json {
  return path.reduce<Json>((node, key) => below(node, key, path), root);
}

function put(root: Json, path: readonly string[], value: Json, isNew: boolean): Json {
  if (path.length === 0) return value;
  return amend(root, path, 0, (parent, key) => {
    if (Array.isArray(parent)) {
      const index = key === '-' ? parent.length : indexOf(key, path);
      if (index > (isNew ? parent.length : parent.length - 1)) throw misfit(path);
      parent.splice(index, isNew ? 0 : 1, value);
    } else {
      if (key === '__proto__' || (!isNew && !hasOwn(parent, key))) throw misfit(path);
      parent[key] = value;
    }
  });
}

function remove(root: Json, path: readonly string[]): Json {
  return amend(root, path, 0, (parent, key) => {
    below(parent, key, path);
    if (Array.isArray(parent)) parent.splice(indexOf(key, path), 1);
    else delete parent[key];
  });
}

/** Copies `node` and everything on the path to the target's parent, then lets `change` modify that parent. */
function amend(
  node: Json,
  path: readonly string[],
  depth: number,
  change: (parent: Json[] | { [key: string]: Json }, key: string) => void,
): Json {
  if (typeof node !== 'object' || node === null) throw misfit(path);
  const copy = Array.isArray(node) ? node.slice() : { ...node };
  const key = path[depth];
  if (key === undefined) throw misfit(path);
  if (depth === path.length - 1) change(copy, key);
  else (copy as { [key: string]: Json })[key] = amend(below(node, key, path), path, depth + 1, change);
  return copy;
}

function below(node: Json, key: string, path: readonly string[]): Json {
  if (typeof node !== 'object' || node === null || !hasOwn(node, key)) throw misfit(path);
  return (node as { [key: string]: Json })[key] as Json;
}

function indexOf(key: string, path: readonly string[]): number {
  if (!/^(0|[1-9]\d*)$/.test(key)) throw misfit(path);
  return Number(key);
}

const misfit = (path: string | readonly string[]) =>
  new Error(`the patch does not fit at ${typeof path === 'string' ? path : `/${path.join('/')}`}`);
