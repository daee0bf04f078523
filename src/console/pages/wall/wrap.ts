/** The width of a character, in em. */
export type CharWidth = (char: string) => number;

/**
 * The number of lines that a text takes when it wraps at spaces and hyphens, and words that are too long anywhere.
 * Widths are in em.
 *
 * @param taken what is taken from the first line
 */
export function wrappedLines(text: string, width: number, charWidth: CharWidth, taken = 0): number {
  const widthOf = (part: string) => {
    let sum = 0;
    for (const char of part) sum += charWidth(char);
    return sum;
  };
  let lines = 1;
  let used = taken;
  for (const word of text.match(/\s*[^\s-]+-*|\s*-+/g) ?? []) {
    const isFirst = used === 0;
    const visible = isFirst ? word.trimStart() : word;
    if (used + widthOf(visible) <= width) {
      used += widthOf(visible);
      continue;
    }
    if (!isFirst) lines++;
    used = 0;
    for (const char of word.trimStart()) {
      const next = used + charWidth(char);
      if (next > width && used > 0) {
        lines++;
        used = charWidth(char);
      } else used = next;
    }
  }
  return lines;
}
