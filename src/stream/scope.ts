import type { Scope } from '../protocol/admin.ts';
import type { DeviceDocument } from '../protocol/document.ts';

/** Equal scopes have equal keys, so that their admins share one channel. */
export function scopeKey(scope: Scope, within?: readonly string[]): string {
  const key = keyOf(scope);
  return within ? `${key} within:${JSON.stringify([...new Set(within)].sort())}` : key;
}

function keyOf(scope: Scope): string {
  if ('groups' in scope) return `groups:${JSON.stringify([...new Set(scope.groups)].sort())}`;
  if ('devices' in scope) return `devices:${JSON.stringify([...new Set(scope.devices)].sort())}`;
  return 'all';
}

export type Covers = (document: DeviceDocument | undefined) => boolean;

/** @param within the groups of a restricted token: its scopes contain no other devices */
export function covers(scope: Scope, within?: readonly string[]): Covers {
  const inScope = coveredBy(scope);
  if (!within) return inScope;
  const groups = new Set<string | null | undefined>(within);
  return (document) => inScope(document) && groups.has(document?.group);
}

function coveredBy(scope: Scope): Covers {
  if ('groups' in scope) {
    const groups = new Set<string | null>(scope.groups);
    return (document) => document !== undefined && groups.has(document.group);
  }
  if ('devices' in scope) {
    const ids = new Set(scope.devices);
    return (document) => document !== undefined && ids.has(document.id);
  }
  return (document) => document !== undefined;
}
