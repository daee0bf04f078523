import { lineCounter } from './wrap.ts';

const SIZE = 100;
/** If the browser does not measure: that of the widest fonts. */
const GUESS = 0.75;

const known = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

/** The width of a character in the console's font for names, in em. */
function charWidth(char: string): number {
  const before = known.get(char);
  if (before !== undefined) return before;
  if (context === undefined) {
    context = document.createElement('canvas').getContext('2d');
    if (context) context.font = `600 ${SIZE}px ${getComputedStyle(document.documentElement).fontFamily}`;
  }
  const width = context ? context.measureText(char).width / SIZE : GUESS;
  known.set(char, width);
  return width;
}

/** The lines of names in the console's font. */
export const linesIn = lineCounter(charWidth);
