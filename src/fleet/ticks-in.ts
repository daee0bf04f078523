import type { Ticking } from './ticking.ts';

/** Where the values that tick begin and end in a text, one after the other, and their paths as far as they have one. */
export interface TicksIn {
  at: number[];
  paths: string[];
}

/**
 * Finds the single values that tick: of a list or an object that ticks, each one.
 * @param json an object, which was parsed before: so it is known to be valid
 */
export function ticksIn(json: string, ticking: Ticking): TicksIn {
  const found: TicksIn = { at: [], paths: [] };
  let at = 0;

  const space = () => {
    while (json.charCodeAt(at) <= 32) at++;
  };
  const text = () => {
    const start = ++at;
    while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    return json.slice(start, at++);
  };
  const items = (close: string, item: () => void) => {
    at++;
    space();
    while (json[at] !== close) {
      item();
      space();
      if (json[at] === ',') at++;
      space();
    }
    at++;
  };
  const members = (visit: (key: string) => void) =>
    items('}', () => {
      const key = text();
      space();
      at++;
      space();
      visit(key);
    });
  const value = (path: string, keys: ReadonlySet<string>, ticks: boolean): void => {
    if (json[at] === '{') members((key) => value(`${path}/${key}`, keys, ticks || keys.has(key)));
    else if (json[at] === '[') items(']', () => value(`${path}/`, keys, ticks));
    else {
      const start = at;
      if (json[at] === '"') text();
      else while (!ENDS.has(json.charCodeAt(at))) at++;
      if (!ticks) return;
      found.at.push(start, at);
      found.paths.push(path);
    }
  };

  space();
  members((section) => value(section, ticking.keysOf(section), ticking.isTopLevel(section)));
  return found;
}

/** What ends a number or a word: a comma, a bracket, a space. */
const ENDS = new Set(Array.from(',]} \t\r\n', (it) => it.charCodeAt(0)));
