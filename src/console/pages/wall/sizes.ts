import type { WallView } from '../../core/wall-views.ts';

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

export const GROUP_HEIGHT = 40;
export const HEAD_HEIGHT = 32;

export interface Sizes {
  columns: number;
  cellWidth: number;
  height: number;
  gap: number;
}

/** Columns and heights for the available width. */
export function sizesFor(view: WallView, width: number): Sizes {
  const isNarrow = width < NARROW;
  if (view === 'table') return { columns: 1, cellWidth: width, height: isNarrow ? 64 : ROW_HEIGHT, gap: 0 };
  const [least, gap] = view === 'grid' ? [CARD_WIDTH, GAP] : [TILE_WIDTH, TILE_GAP];
  const columns = Math.max(isNarrow ? 2 : 1, Math.floor((width + gap) / (least + gap)));
  const cellWidth = (width - gap * (columns - 1)) / columns;
  if (view === 'grid') return { columns, cellWidth, height: Math.round((cellWidth * 9) / 16) + CARD_REST + gap, gap };
  return { columns, cellWidth, height: (isNarrow ? TOUCH_HEIGHT : TILE_HEIGHT) + gap, gap };
}
