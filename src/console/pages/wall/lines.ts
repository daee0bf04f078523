import type { Group } from '../../core/group-tree.ts';

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
  const lines: Line[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const head of groups) {
    if (head.depth > hiddenBelow) continue;
    const isClosed = closed.has(head.path);
    hiddenBelow = isClosed ? head.depth : Number.POSITIVE_INFINITY;
    lines.push({ head, ids: [] });
    if (!isClosed) lines.push(...rowsOf(head.own, columns));
  }
  return lines;
}

function rowsOf(ids: readonly string[], columns: number): Line[] {
  const rows: Line[] = [];
  for (let at = 0; at < ids.length; at += columns) rows.push({ ids: ids.slice(at, at + columns) });
  return rows;
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
