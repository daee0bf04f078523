import { type RefObject, useEffect, useRef } from 'react';

const PAGE_MS = 15_000;
/** The sticky headings cover a part. */
const OVERLAP = 80;

/** Shows the pages of a list that does not fit in turn. New trouble, which is on the first one, leads back there. */
export function usePaging(board: RefObject<HTMLElement | null>, trouble: number): void {
  useEffect(() => {
    const timer = setInterval(() => {
      const list = board.current?.querySelector('#list');
      if (!list) return;
      const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
      list.scrollTo(0, isAtEnd ? 0 : list.scrollTop + Math.max(list.clientHeight / 2, list.clientHeight - OVERLAP));
    }, PAGE_MS);
    return () => clearInterval(timer);
  }, [board]);
  const before = useRef(trouble);
  useEffect(() => {
    if (trouble > before.current) board.current?.querySelector('#list')?.scrollTo(0, 0);
    before.current = trouble;
  }, [board, trouble]);
}
