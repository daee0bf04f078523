import type { Group } from '../../core/grouping.ts';
import type { WallView } from '../../core/preferences.tsx';

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

/** A row of cards, or a group's heading. */
export interface Line {
  head?: Group;
  ids: readonly string[];
}

export function linesOf(
  ids: readonly string[],
  groups: readonly Group[] | undefined,
  columns: number,
  closed: ReadonlySet<string | null>,
): Line[] {
  if (!groups) return rowsOf(ids, columns);
  return groups.flatMap((head) => [{ head, ids: [] }, ...(closed.has(head.name) ? [] : rowsOf(head.ids, columns))]);
}

function rowsOf(ids: readonly string[], columns: number): Line[] {
  const rows: Line[] = [];
  for (let at = 0; at < ids.length; at += columns) rows.push({ ids: ids.slice(at, at + columns) });
  return rows;
}

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

export const arrows = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const;
export type Arrow = (typeof arrows)[number];

/** The device that an arrow key leads to; undefined at the edges. */
export function neighbour(lines: readonly Line[], id: string, arrow: Arrow): string | undefined {
  const at = lines.findIndex((line) => line.ids.includes(id));
  const column = lines[at]?.ids.indexOf(id) ?? -1;
  if (column < 0) return undefined;
  const step = arrow === 'ArrowDown' || arrow === 'ArrowRight' ? 1 : -1;
  if (arrow === 'ArrowLeft' || arrow === 'ArrowRight') {
    const beside = lines[at]?.ids[column + step];
    if (beside !== undefined) return beside;
  }
  let next = at + step;
  while (lines[next]?.head) next += step;
  const ids = lines[next]?.ids;
  if (arrow === 'ArrowLeft') return ids?.at(-1);
  if (arrow === 'ArrowRight') return ids?.[0];
  return ids?.[Math.min(column, ids.length - 1)];
}
