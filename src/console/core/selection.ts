import { createSubscribers } from '../../client/subscribers.ts';

/** The devices chosen on the wall. Nothing is chosen at first; removed devices leave the selection. */
export interface Selection {
  /** Returns a new set after every change. */
  get(): ReadonlySet<string>;
  subscribe(listener: () => void): () => void;
  toggle(id: string): void;
  /** Adds a device; a range starts there. */
  add(id: string): void;
  /**
   * Chooses everything between the start of the range and `id`, in the given order. A range that is extended again
   * replaces itself. `from`: where a new range starts, unless the last one ended there.
   */
  extend(id: string, order: readonly string[], from?: string): void;
  set(ids: Iterable<string>): void;
  clear(): void;
}

/** `changes`: by device; one without `after` was removed. */
interface Flushes {
  onFlush(listener: (changes: ReadonlyMap<string, { after?: unknown }>) => void): () => void;
}

export function createSelection(fleet: Flushes): Selection {
  const listeners = createSubscribers<void>();
  let chosen: ReadonlySet<string> = new Set();
  /** The start and the end of the last range, and what was chosen without it. */
  let range: { from: string; to: string; base: ReadonlySet<string> } | undefined;

  function become(next: ReadonlySet<string>): void {
    chosen = next;
    listeners.tell();
  }

  function start(from: string, base: ReadonlySet<string>): void {
    range = { from, to: from, base };
    become(base);
  }

  fleet.onFlush((changes) => {
    const removed = [...changes].filter(([id, { after }]) => !after && chosen.has(id));
    if (removed.length === 0) return;
    const next = new Set(chosen);
    for (const [id] of removed) next.delete(id);
    range = undefined;
    become(next);
  });

  return {
    get: () => chosen,
    subscribe: listeners.add,
    toggle(id) {
      const next = new Set(chosen);
      if (!next.delete(id)) next.add(id);
      start(id, next);
    },
    add: (id) => start(id, new Set([...chosen, id])),
    extend(id, order, from) {
      if (!range || (from !== undefined && from !== range.to)) range = { from: from ?? id, to: id, base: chosen };
      const [a, b] = [order.indexOf(range.from), order.indexOf(id)];
      // The start may be hidden now, by a filter or in a collapsed group.
      const between = a < 0 ? [id] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
      range.to = id;
      become(new Set([...range.base, ...between]));
    },
    set(ids) {
      range = undefined;
      become(new Set(ids));
    },
    clear() {
      range = undefined;
      if (chosen.size > 0) become(new Set());
    },
  };
}
