import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';

/** A keyboard shortcut with its description. */
export interface Shortcut {
  /** A `KeyboardEvent.key`: `j`, `/`, `?`, `Escape`. Sequences of two are separated by a space: `g w`. */
  key: string;
  does: string;
  /** Without it, the shortcut is only listed: the element that has the focus handles it. */
  run?(): void;
}

interface Keys {
  all(): readonly Shortcut[];
  add(shortcuts: readonly Shortcut[]): () => void;
}

const Context = createContext<Keys | undefined>(undefined);
const SEQUENCE_MS = 1000;

/** One listener for all shortcuts. They are off in text fields and open dialogs. */
export function KeysProvider({ children }: { children: ReactNode }) {
  const [keys] = useState(createKeys);
  useEffect(() => {
    let before = { key: '', at: 0 };
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTaken(event.target)) return;
      const sequence = event.timeStamp - before.at < SEQUENCE_MS ? `${before.key} ${event.key}` : '';
      before = { key: event.key, at: event.timeStamp };
      // The innermost component, which registered last, wins.
      const found =
        keys.all().findLast((it) => it.key === sequence) ?? keys.all().findLast((it) => it.key === event.key);
      if (!found?.run) return;
      // The end of a sequence does not start another: `g c` followed by `a` is not `c a`.
      if (found.key === sequence) before = { key: '', at: 0 };
      event.preventDefault();
      found.run();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [keys]);
  return <Context value={keys}>{children}</Context>;
}

function createKeys(): Keys {
  let sets: (readonly Shortcut[])[] = [];
  return {
    all: () => sets.flat(),
    add(shortcuts) {
      sets = [...sets, shortcuts];
      return () => {
        sets = sets.filter((it) => it !== shortcuts);
      };
    },
  };
}

function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('[role=dialog], [role=alertdialog]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select');
}

function useKeys(): Keys {
  const keys = useContext(Context);
  if (!keys) throw new Error('There is no KeysProvider above.');
  return keys;
}

/** Registers shortcuts while the component is mounted. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const keys = useKeys();
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const names = shortcuts.map((it) => `${it.key}\n${it.does}`).join('\n\n');
  const stable = useMemo(
    () =>
      names
        .split('\n\n')
        .filter(Boolean)
        .map((it, index) => {
          const [key = '', does = ''] = it.split('\n');
          return { key, does, run: () => latest.current[index]?.run?.() };
        }),
    [names],
  );
  useEffect(() => keys.add(stable), [keys, stable]);
}

/** All active shortcuts. */
export const useShortcutList = () => useKeys().all;
