/** The width of a character, in em. */
export type CharWidth = (char: string) => number;

interface Place {
  line: number;
  /** Of this line, in em. */
  used: number;
}

/** Where some browsers break a word and others do not, or not before a digit: `north/left`, `entrance-27`. */
const MAYBE = /(?<=[-‐–—/|?!])|(?=—)/;

/**
 * The number of lines that a text takes in any browser, at most: it wraps at spaces, perhaps at signs, and anywhere in
 * words that are too long. Widths are in em.
 *
 * @param taken what is taken from the first line
 */
export function wrappedLines(text: string, width: number, charWidth: CharWidth, taken = 0): number {
  const widthOf = (part: string) => {
    let sum = 0;
    for (const char of part) sum += charWidth(char);
    return sum;
  };

  /** Where a part that begins at `from` ends, if it is not broken without need. */
  function after(from: Place, part: string): Place {
    const visible = from.used === 0 ? part.trimStart() : part;
    const used = from.used + widthOf(visible);
    if (used <= width) return { line: from.line, used };
    const end = { line: from.used === 0 ? from.line : from.line + 1, used: 0 };
    for (const char of part.trimStart()) {
      const next = end.used + charWidth(char);
      if (next > width && end.used > 0) {
        end.line++;
        end.used = charWidth(char);
      } else end.used = next;
    }
    return end;
  }

  let at: Place = { line: 1, used: taken };
  for (const word of text.match(/\s*\S+/g) ?? []) {
    const parts = word.split(MAYBE);
    // Further on is never better for what follows, so the furthest end of each part is enough.
    const ends = [at];
    for (let to = 1; to <= parts.length; to++) {
      ends.push(ends.map((from, i) => after(from, parts.slice(i, to).join(''))).reduce(further));
    }
    at = ends.at(-1) as Place;
  }
  return at.line;
}

const further = (a: Place, b: Place): Place => (b.line > a.line || (b.line === a.line && b.used > a.used) ? b : a);

/** Counts the lines of texts in a width, as `wrappedLines` does. */
export type LineCounter = (width: number, taken: number) => (text: string) => number;

const MOST_KNOWN = 200_000;

/** Remembers its results, so that a large wall does not measure all names at each change. */
export function lineCounter(charWidth: CharWidth): LineCounter {
  const known = new Map<string, Map<string, number>>();
  let size = 0;
  return (width, taken) => {
    const key = `${width} ${taken}`;
    return (text) => {
      const before = known.get(key)?.get(text);
      if (before !== undefined) return before;
      if (size++ >= MOST_KNOWN) {
        known.clear();
        size = 1;
      }
      const lines = wrappedLines(text, width, charWidth, taken);
      known.set(key, (known.get(key) ?? new Map()).set(text, lines));
      return lines;
    };
  };
}
