import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Group } from '../../core/group-tree.ts';
import { useGroups } from '../../core/grouping.ts';
import { useSelection } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import type { WallView } from '../../core/wall-views.ts';
import { useGentleWatch } from '../../core/watching.ts';
import { Card } from './card.tsx';
import { linesIn } from './char-width.ts';
import { GroupHead } from './group-head.tsx';
import { type Line, linesOf } from './lines.ts';
import { ListKeys } from './list-keys.ts';
import { Row } from './row.tsx';
import { SelectBox } from './select-box.tsx';
import { GROUP_HEIGHT, HEAD_HEIGHT, lineHeight, sizesFor } from './sizes.ts';
import { texts } from './texts.ts';
import { Tile } from './tile.tsx';
import { useChoosing } from './use-choosing.ts';
import { useNames } from './use-names.ts';
import { useTouch } from './use-touch.ts';
import styles from './wall.module.css';

/** A virtual list: renders only the visible rows. */
export function DeviceList({
  ids,
  view,
  isByGroup,
  isStatic = false,
}: {
  ids: readonly string[];
  view: WallView;
  isByGroup: boolean;
  /** Only shown: nothing can be chosen, and there are no keys. */
  isStatic?: boolean;
}) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const sizes = useMemo(() => sizesFor(view, width), [view, width]);
  const { columns, cellWidth, gap } = sizes;
  const namesOf = useNames();
  const groups = useGroups(ids, isByGroup);
  const [closed, setClosed] = useState<ReadonlySet<string | null>>(() => new Set(history.state?.wallClosed));
  const toggle = (path: string | null) => {
    const next = new Set(closed);
    if (!next.delete(path)) next.add(path);
    setClosed(next);
  };
  const lines = useMemo(() => linesOf(ids, groups, columns, closed), [ids, groups, columns, closed]);
  const heights = useMemo(
    () => lines.map((it) => (it.head ? GROUP_HEIGHT : lineHeight(sizes, namesOf(it.ids), linesIn))),
    [lines, sizes, namesOf],
  );
  const order = useMemo(() => (groups ? lines.flatMap((it) => it.ids) : ids), [groups, lines, ids]);
  const stickyHeight = (view === 'table' ? HEAD_HEIGHT : 0) + (groups ? GROUP_HEIGHT : 0);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => heights[index] ?? sizes.height,
    overscan: view === 'table' ? 8 : 2,
    useFlushSync: false,
    scrollPaddingStart: stickyHeight,
    initialOffset: () => Number(history.state?.wallScroll ?? 0),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: other sizes are measured anew
  useLayoutEffect(() => virtualizer.measure(), [heights, virtualizer]);

  const [cursor, setCursor] = useState<string>();
  useTouch(frame, order);
  const keys = !isStatic && <ListKeys order={order} cursor={cursor} setCursor={setCursor} />;
  const choosing = useChoosing(lines, order, setCursor);
  const isChoosing = useSelection().size > 0;
  const clicked = (event: MouseEvent) => {
    if (!isStatic && choosing.clicked(event)) return;
    // Returning from a device restores the scroll position.
    const { scrollOffset } = virtualizer;
    history.replaceState({ ...history.state, wallScroll: scrollOffset, wallClosed: [...closed] }, '');
  };

  // Follows the keys, and not a device that gets another place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const at = cursor === undefined ? -1 : lines.findIndex((it) => it.ids.includes(cursor));
    if (at >= 0) virtualizer.scrollToIndex(at);
  }, [cursor, virtualizer]);

  const seen = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = -1 } = virtualizer.range ?? {};
  useGentleWatch(lines.slice(startIndex, endIndex + 1).flatMap((it) => it.ids));
  const total = { height: virtualizer.getTotalSize() };
  const headOf = (group: Group, isAlone = false) => (
    <GroupHead group={group} isAlone={isAlone} isClosed={closed.has(group.path)} toggle={() => toggle(group.path)} />
  );
  // The heading of the current group is sticky.
  const current = lines.slice(0, startIndex + 1).findLast((it) => it.head)?.head;
  const stuck = current && !lines[startIndex]?.head && headOf(current, true);
  const frameProps = {
    ref: frame,
    id: 'list',
    tabIndex: -1,
    className: `${styles.scroll} ${isChoosing ? styles.choosing : ''}`,
    onClickCapture: clicked,
    ...(!isStatic && choosing.props),
  };
  if (view !== 'table') {
    const Shown = view === 'grid' ? Card : Tile;
    return (
      <div {...frameProps}>
        {keys}
        {stuck && <div className={styles.stuck}>{stuck}</div>}
        <ul className={styles.canvas} style={total} aria-label={t.devices}>
          {seen.flatMap(({ index, start, size }) => {
            const { head, ids: inLine } = lines[index] as Line;
            if (head) {
              return [
                <li key={`group ${head.path}`} className={styles.groupLine} style={{ translate: `0 ${start}px` }}>
                  {headOf(head)}
                </li>,
              ];
            }
            return inLine.map((id, column) => (
              <li
                key={id}
                data-device={id}
                className={styles.cell}
                style={{
                  width: cellWidth,
                  height: size - gap,
                  transform: `translate(${column * (cellWidth + gap)}px, ${start}px)`,
                }}
              >
                <Shown id={id} isCurrent={id === cursor} isGrouped={isByGroup} />
                <SelectBox id={id} />
              </li>
            ));
          })}
        </ul>
      </div>
    );
  }
  const titles = [t.colStatus, t.colDevice, t.colGroup, t.colPlays, t.colReport, t.colCommand];
  return (
    <div {...frameProps}>
      {keys}
      <table className={styles.table} aria-rowcount={lines.length + 1}>
        <caption className="visually-hidden">{t.devices}</caption>
        <thead className={styles.thead}>
          <tr className={styles.head} aria-rowindex={1}>
            <td />
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {/* Below the header, which is sticky, too. */}
        {stuck && (
          <tbody className={styles.stuckRow}>
            <tr>
              <th scope="rowgroup" colSpan={titles.length + 1}>
                {stuck}
              </th>
            </tr>
          </tbody>
        )}
        <tbody className={styles.canvas} style={total}>
          {seen.map(({ index, start, size }) => {
            const { head, ids: inLine } = lines[index] as Line;
            if (head) {
              return (
                <tr
                  key={`group ${head.path}`}
                  aria-rowindex={index + 2}
                  className={styles.groupLine}
                  style={{ translate: `0 ${start}px` }}
                >
                  <th scope="rowgroup" colSpan={titles.length + 1}>
                    {headOf(head)}
                  </th>
                </tr>
              );
            }
            const id = inLine[0] as string;
            return <Row key={id} id={id} rowIndex={index + 2} top={start} height={size} isCurrent={id === cursor} />;
          })}
        </tbody>
      </table>
    </div>
  );
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
