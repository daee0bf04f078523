import type { Scope } from '../protocol/requests.ts';
import { callSafely } from './errors.ts';
import type { Change } from './replica.ts';

export type ChangeListener = (changes: readonly Change[]) => void;

/**
 * Listeners for changes of devices, indexed by id and by group, so that one listener for each device on a page is
 * cheap.
 */
export interface Listeners {
  /** Returns a function that removes the listener. */
  add(scope: Scope, listener: ChangeListener): () => void;
  notify(changes: readonly Change[]): void;
}

export function createListeners(): Listeners {
  const toAll = new Set<ChangeListener>();
  const byDevice = new Map<string, Set<ChangeListener>>();
  const byGroup = new Map<string, Set<ChangeListener>>();

  return {
    add(scope, listener) {
      // Wrapped, so that the same function can be added and removed several times.
      const own: ChangeListener = (changes) => listener(changes);
      if ('devices' in scope) return under(byDevice, scope.devices, own);
      if ('groups' in scope) return under(byGroup, scope.groups, own);
      toAll.add(own);
      return () => void toAll.delete(own);
    },
    notify(changes) {
      if (changes.length === 0) return;
      const batches = new Map<ChangeListener, Change[]>();
      const note = (listeners: Set<ChangeListener> | undefined, change: Change) => {
        for (const listener of listeners ?? []) {
          const list = batches.get(listener);
          if (!list) batches.set(listener, [change]);
          else if (list[list.length - 1] !== change) list.push(change);
        }
      };
      for (const change of changes) {
        note(byDevice.get(change.deviceId), change);
        if (byGroup.size === 0) continue;
        const [was, is] = [change.before?.document.group, change.after?.document.group];
        if (was != null) note(byGroup.get(was), change);
        if (is != null && is !== was) note(byGroup.get(is), change);
      }
      for (const listener of [...toAll]) callSafely(() => listener(changes));
      for (const [listener, list] of batches) callSafely(() => listener(list));
    },
  };
}

function under(index: Map<string, Set<ChangeListener>>, keys: readonly string[], listener: ChangeListener): () => void {
  for (const key of keys) {
    const known = index.get(key);
    if (known) known.add(listener);
    else index.set(key, new Set([listener]));
  }
  return () => {
    for (const key of keys) {
      const known = index.get(key);
      known?.delete(listener);
      if (known?.size === 0) index.delete(key);
    }
  };
}
