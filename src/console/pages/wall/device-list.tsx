import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { WallView } from '../../core/preferences.tsx';
import { useTexts } from '../../core/texts.ts';
import { useGentleWatch } from '../../core/watching.ts';
import { Card } from './card.tsx';
import { Row } from './row.tsx';
import { texts } from './texts.ts';
import styles from './wall.module.css';

const CARD_WIDTH = 208;
/** Under the picture, which is as wide as the card, and the gap. */
const CARD_REST = 100;
const GAP = 12;
const ROW_HEIGHT = 46;
const HEAD_HEIGHT = 32;
const NARROW = 640;

/** Only what is in view is there, however many devices there are. */
export function DeviceList({
  ids,
  view,
  cursor,
}: {
  ids: readonly string[];
  view: WallView;
  cursor: string | undefined;
}) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const isNarrow = width < NARROW;
  const columns = view === 'grid' ? Math.max(isNarrow ? 2 : 1, Math.floor((width + GAP) / (CARD_WIDTH + GAP))) : 1;
  const cardWidth = (width - GAP * (columns - 1)) / columns;
  const height = view === 'grid' ? Math.round((cardWidth * 9) / 16) + CARD_REST + GAP : isNarrow ? 64 : ROW_HEIGHT;
  const virtualizer = useVirtualizer({
    count: Math.ceil(ids.length / columns),
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: view === 'grid' ? 2 : 8,
    useFlushSync: false,
    // The table's head stays over its rows.
    scrollPaddingStart: view === 'grid' ? 0 : HEAD_HEIGHT,
    initialOffset: () => Number(history.state?.wallScroll ?? 0),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: other sizes are measured anew
  useLayoutEffect(() => virtualizer.measure(), [height, columns, virtualizer]);

  // On the way back from a device, the wall is where it was.
  const remember = () => {
    const { scrollOffset } = virtualizer;
    history.replaceState({ ...history.state, wallScroll: scrollOffset }, '');
  };

  const cursorAt = cursor === undefined ? -1 : ids.indexOf(cursor);
  useEffect(() => {
    if (cursorAt >= 0) virtualizer.scrollToIndex(Math.floor(cursorAt / columns));
  }, [cursorAt, columns, virtualizer]);

  const lines = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = -1 } = virtualizer.range ?? {};
  useGentleWatch(ids.slice(startIndex * columns, (endIndex + 1) * columns));
  const total = { height: virtualizer.getTotalSize() };
  if (view === 'grid') {
    return (
      <div ref={frame} id="list" tabIndex={-1} className={styles.scroll} onClickCapture={remember}>
        <ul className={styles.canvas} style={total} aria-label={t.devices}>
          {lines.flatMap(({ index, start }) =>
            ids.slice(index * columns, (index + 1) * columns).map((id, column) => (
              <li
                key={id}
                className={styles.cell}
                style={{
                  width: cardWidth,
                  height: height - GAP,
                  transform: `translate(${column * (cardWidth + GAP)}px, ${start}px)`,
                }}
              >
                <Card id={id} isCurrent={id === cursor} />
              </li>
            )),
          )}
        </ul>
      </div>
    );
  }
  const titles = [t.colStatus, t.colDevice, t.colGroup, t.colPlays, t.colReport, t.colCommand];
  return (
    <div ref={frame} id="list" tabIndex={-1} className={styles.scroll} onClickCapture={remember}>
      <table className={styles.table} aria-rowcount={ids.length + 1}>
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
          {lines.map(({ index, start }) => (
            <Row
              key={ids[index]}
              id={ids[index] as string}
              rowIndex={index + 2}
              top={start}
              height={height}
              isCurrent={ids[index] === cursor}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of the list within its frame's padding; each view has a frame of its own, so it is looked for after each drawing. */
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
