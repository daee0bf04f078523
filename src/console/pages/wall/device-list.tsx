import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type Group, useGroups } from '../../core/grouping.ts';
import type { WallView } from '../../core/preferences.tsx';
import { useTexts } from '../../core/texts.ts';
import { useGentleWatch } from '../../core/watching.ts';
import { Card } from './card.tsx';
import { GroupHead } from './group-head.tsx';
import { Row } from './row.tsx';
import { texts } from './texts.ts';
import { Tile } from './tile.tsx';
import styles from './wall.module.css';

const CARD_WIDTH = 208;
const TILE_WIDTH = 190;
const TILE_HEIGHT = 32;
const TILE_GAP = 6;
const TOUCH_HEIGHT = 44;
const GROUP_HEIGHT = 40;
/** Height of a card below the screenshot, and the gap. */
const CARD_REST = 100;
const GAP = 12;
const ROW_HEIGHT = 46;
const HEAD_HEIGHT = 32;
const NARROW = 640;

/** A virtual list: renders only the visible rows. */
export function DeviceList({
  ids,
  view,
  isByGroup,
  cursor,
}: {
  ids: readonly string[];
  view: WallView;
  isByGroup: boolean;
  cursor: string | undefined;
}) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const { columns, cellWidth, height, gap } = sizesFor(view, width);
  const groups = useGroups(ids, isByGroup);
  const [closed, setClosed] = useState<ReadonlySet<string | null>>(new Set());
  const toggle = (name: string | null) => {
    const next = new Set(closed);
    if (!next.delete(name)) next.add(name);
    setClosed(next);
  };
  const lines = useMemo(() => linesOf(ids, groups, columns, closed), [ids, groups, columns, closed]);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => (lines[index]?.head ? GROUP_HEIGHT : height),
    overscan: view === 'table' ? 8 : 2,
    useFlushSync: false,
    // The table's header is sticky.
    scrollPaddingStart: view === 'table' ? HEAD_HEIGHT : 0,
    initialOffset: () => Number(history.state?.wallScroll ?? 0),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: other sizes are measured anew
  useLayoutEffect(() => virtualizer.measure(), [height, lines, virtualizer]);

  // Returning from a device restores the scroll position.
  const remember = () => {
    const { scrollOffset } = virtualizer;
    history.replaceState({ ...history.state, wallScroll: scrollOffset }, '');
  };

  const cursorAt = cursor === undefined ? -1 : lines.findIndex((it) => it.ids.includes(cursor));
  useEffect(() => {
    if (cursorAt >= 0) virtualizer.scrollToIndex(cursorAt);
  }, [cursorAt, virtualizer]);

  const seen = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = -1 } = virtualizer.range ?? {};
  useGentleWatch(lines.slice(startIndex, endIndex + 1).flatMap((it) => it.ids));
  const total = { height: virtualizer.getTotalSize() };
  const headOf = (group: Group) => (
    <GroupHead group={group} isClosed={closed.has(group.name)} toggle={() => toggle(group.name)} />
  );
  // The heading of the current group is sticky.
  const current = lines.slice(0, startIndex + 1).findLast((it) => it.head)?.head;
  const stuck = current && !lines[startIndex]?.head && <div className={styles.stuck}>{headOf(current)}</div>;
  if (view !== 'table') {
    const Shown = view === 'grid' ? Card : Tile;
    return (
      <div ref={frame} id="list" tabIndex={-1} className={styles.scroll} onClickCapture={remember}>
        {stuck}
        <ul className={styles.canvas} style={total} aria-label={t.devices}>
          {seen.flatMap(({ index, start }) => {
            const { head, ids: inLine } = lines[index] as Line;
            if (head) {
              return [
                <li key={`group ${head.name}`} className={styles.groupLine} style={{ translate: `0 ${start}px` }}>
                  {headOf(head)}
                </li>,
              ];
            }
            return inLine.map((id, column) => (
              <li
                key={id}
                className={styles.cell}
                style={{
                  width: cellWidth,
                  height: height - gap,
                  transform: `translate(${column * (cellWidth + gap)}px, ${start}px)`,
                }}
              >
                <Shown id={id} isCurrent={id === cursor} isGrouped={isByGroup} />
              </li>
            ));
          })}
        </ul>
      </div>
    );
  }
  const titles = [t.colStatus, t.colDevice, t.colGroup, t.colPlays, t.colReport, t.colCommand];
  return (
    <div ref={frame} id="list" tabIndex={-1} className={styles.scroll} onClickCapture={remember}>
      <table className={styles.table} aria-rowcount={lines.length + 1}>
        <caption className="visually-hidden">{t.devices}</caption>
        <thead className={styles.thead}>
          <tr className={styles.head} aria-rowindex={1}>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={styles.canvas} style={total}>
          {seen.map(({ index, start }) => {
            const { head, ids: inLine } = lines[index] as Line;
            if (head) {
              return (
                <tr
                  key={`group ${head.name}`}
                  aria-rowindex={index + 2}
                  className={styles.groupLine}
                  style={{ translate: `0 ${start}px` }}
                >
                  <th scope="rowgroup" colSpan={titles.length}>
                    {headOf(head)}
                  </th>
                </tr>
              );
            }
            const id = inLine[0] as string;
            return <Row key={id} id={id} rowIndex={index + 2} top={start} height={height} isCurrent={id === cursor} />;
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A row of cards, or a group's heading. */
interface Line {
  head?: Group;
  ids: readonly string[];
}

function linesOf(
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

/** Columns and heights for the available width. */
function sizesFor(view: WallView, width: number) {
  const isNarrow = width < NARROW;
  if (view === 'table') return { columns: 1, cellWidth: width, height: isNarrow ? 64 : ROW_HEIGHT, gap: 0 };
  const [least, gap] = view === 'grid' ? [CARD_WIDTH, GAP] : [TILE_WIDTH, TILE_GAP];
  const columns = Math.max(isNarrow ? 2 : 1, Math.floor((width + gap) / (least + gap)));
  const cellWidth = (width - gap * (columns - 1)) / columns;
  if (view === 'grid') return { columns, cellWidth, height: Math.round((cellWidth * 9) / 16) + CARD_REST + gap, gap };
  return { columns, cellWidth, height: (isNarrow ? TOUCH_HEIGHT : TILE_HEIGHT) + gap, gap };
}

/** The width inside the frame's padding. Each view has its own frame, so it is looked up after every render. */
function useWidth(frame: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(1024);
  useLayoutEffect(() => {
    const element = frame.current?.firstElementChild;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  });
  return width;
}
