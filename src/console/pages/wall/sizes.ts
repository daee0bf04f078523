import type { WallView } from '../../core/wall-views.ts';
import type { LineCounter } from './wrap.ts';

const CARD_WIDTH = 208;
const TILE_WIDTH = 190;
const TILE_HEIGHT = 32;
const TILE_GAP = 6;
const TOUCH_HEIGHT = 44;
/** Height of a card below the screenshot, and the gap. */
const CARD_REST = 100;
const GAP = 12;
const ROW_HEIGHT = 46;
const NARROW = 640;
/** A narrower table has its cells below each other; as in the stylesheet. */
const NARROW_TABLE = 760;
const NARROW_ROW_HEIGHT = 68;
/** Of the font of names, in cards and rows, and in tiles. */
const FONT = 14;
const SMALL_FONT = 12.6;
/** In tiles, beside the first line of the name: how long the trouble lasts. As in the stylesheet. */
const SINCE_WIDTH = 64;

export const GROUP_HEIGHT = 40;
export const HEAD_HEIGHT = 32;

export interface Sizes {
  columns: number;
  cellWidth: number;
  /** With a name of one line. */
  height: number;
  gap: number;
  /** `taken`: what is beside its first line. */
  name: { width: number; taken: number; font: number; lineHeight: number };
}

/** Columns and heights for the available width. */
export function sizesFor(view: WallView, width: number): Sizes {
  const isNarrow = width < NARROW;
  if (view === 'table') {
    const isStacked = width < NARROW_TABLE;
    const name = nameIn(isStacked ? width - 60 : Math.max(126, ((width - 268) * 1.45) / 6) - 4, FONT);
    return { columns: 1, cellWidth: width, height: isStacked ? NARROW_ROW_HEIGHT : ROW_HEIGHT, gap: 0, name };
  }
  const [least, gap] = view === 'grid' ? [CARD_WIDTH, GAP] : [TILE_WIDTH, TILE_GAP];
  const columns = Math.max(isNarrow ? 2 : 1, Math.floor((width + gap) / (least + gap)));
  const cellWidth = (width - gap * (columns - 1)) / columns;
  if (view === 'grid') {
    const height = Math.round((cellWidth * 9) / 16) + CARD_REST + gap;
    return { columns, cellWidth, height, gap, name: nameIn(cellWidth - 36, FONT) };
  }
  const height = (isNarrow ? TOUCH_HEIGHT : TILE_HEIGHT) + gap;
  return { columns, cellWidth, height, gap, name: nameIn(cellWidth - 36, SMALL_FONT, SINCE_WIDTH) };
}

/** The lines of names are 1.3 times the font's size apart, as in the stylesheet. */
const nameIn = (width: number, font: number, taken = 0) => ({ width, taken, font, lineHeight: font * 1.3 });

/** The height of a line of cards, tiles or rows that shows all names whole. */
export function lineHeight({ height, name }: Sizes, names: readonly string[], linesIn: LineCounter): number {
  const linesOf = linesIn(name.width / name.font, name.taken / name.font);
  let most = 1;
  for (const it of names) most = Math.max(most, linesOf(it));
  return height + Math.ceil((most - 1) * name.lineHeight);
}
