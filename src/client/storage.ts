import type { JsonObject } from '../protocol/document.ts';

/** A list of records that survives a restart of the process. */
export interface Journal {
  /** Oldest first. What a power cut left incomplete is not among them. */
  read(): JsonObject[];
  /** The record is durable when this returns. */
  append(record: object): void;
  /** Replaces all records: afterwards these are stored, or still the previous ones. */
  replace(records: readonly object[]): void;
  /** How much it should hold, in characters of JSON. Undefined: some megabytes. */
  readonly maxCharacters?: number;
}

/** Where a player keeps its journals: `openStorage` of `@vigia/client/node`, or `browserStorage`. */
export interface PlayerStorage {
  /** Each journal has a name of its own. */
  journal(name: string): Journal;
}

interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** `localStorage` holds 5 MB of a page, and what records commands must never find it full. */
const MAX_CHARACTERS = 1_000_000;

/** Keeps journals in the browser's `localStorage`, for players that are web pages. */
export function browserStorage(prefix = 'vigia'): PlayerStorage {
  const { localStorage } = globalThis as unknown as { localStorage: WebStorage };
  return {
    journal(name) {
      const key = `${prefix}.${name}`;
      const lines = () => localStorage.getItem(key) ?? '';
      return {
        maxCharacters: MAX_CHARACTERS,
        read: () => recordsOf(lines()),
        append: (record) => localStorage.setItem(key, `${lines()}${JSON.stringify(record)}\n`),
        replace: (records) => localStorage.setItem(key, linesOf(records)),
      };
    },
  };
}

/** One record a line. */
export const linesOf = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Skips lines that are no record: an object that was cut off is not JSON. */
export function recordsOf(lines: string): JsonObject[] {
  return lines.split('\n').flatMap((line) => {
    try {
      const record: unknown = line === '' ? undefined : JSON.parse(line);
      return typeof record === 'object' && record !== null && !Array.isArray(record) ? [record as JsonObject] : [];
    } catch {
      return [];
    }
  });
}
