import type { Playback, Summary } from '../../../ports/statistics.ts';
import type { Sources } from './sources.ts';
import { addTo, type Figures, noFigures, summaryOf } from './summary.ts';

type Key = Sources['connections'][number];

/** Adds up figures of several sources by key. */
export class Grouped {
  readonly #keyOf: (row: Pick<Key, 'device_id' | 'day' | 'group_name'>) => string;
  readonly #figures = new Map<string, Figures>();
  readonly #playback = new Map<string, Map<string, Playback>>();

  constructor(keyOf: (row: Pick<Key, 'device_id' | 'day' | 'group_name'>) => string) {
    this.#keyOf = keyOf;
  }

  keys(): string[] {
    return [...this.#figures.keys()].sort(byCode);
  }

  summary(key: string): Summary {
    return summaryOf(this.#figures.get(key) ?? noFigures());
  }

  /** Longest first. */
  playback(key: string, most: number): Playback[] {
    const items = [...(this.#playback.get(key)?.values() ?? [])].filter(({ ms }) => ms > 0);
    return items.sort((a, b) => b.ms - a.ms || byCode(String(a.item), String(b.item))).slice(0, most);
  }

  add({ connections, onAir, reasons, commands, playback }: Sources): void {
    for (const row of connections) {
      const it = this.#of(row);
      it.online += Number(row.online);
      it.reconnecting += Number(row.reconnecting);
      it.offline += Number(row.offline);
    }
    for (const row of onAir) {
      const it = this.#of(row);
      it.yes += Number(row.yes);
      it.no += Number(row.no);
      it.unknown += Number(row.unknown);
    }
    for (const row of reasons) addTo(this.#of(row).reasons, row.reason, Number(row.count));
    for (const row of commands) {
      const it = this.#of(row);
      addTo(it.statuses, row.status, Number(row.count));
      addTo(it.durations, Number(row.step), Number(row.timed));
      it.timed += Number(row.timed);
      it.durationMs += Number(row.duration);
      it.maxMs = Math.max(it.maxMs, Number(row.longest));
    }
    for (const { item, playlist, ms, ...row } of playback) {
      const key = this.#keyOf(row);
      const items = this.#playback.get(key) ?? new Map<string, Playback>();
      this.#playback.set(key, items);
      const name = JSON.stringify([item, playlist]);
      const it = items.get(name) ?? { item: item || null, playlist: playlist || null, ms: 0 };
      items.set(name, it);
      it.ms += Number(ms);
    }
  }

  #of(row: Pick<Key, 'device_id' | 'day' | 'group_name'>): Figures {
    const key = this.#keyOf(row);
    const figures = this.#figures.get(key) ?? noFigures();
    this.#figures.set(key, figures);
    return figures;
  }
}

/** Bytewise order of ids, independent of the locale. */
export const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
