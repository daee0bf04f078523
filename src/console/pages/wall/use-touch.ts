import { type RefObject, useEffect, useRef } from 'react';
import { useSession } from '../../core/session.tsx';
import { deviceAt } from './use-choosing.ts';

const LONG_PRESS_MS = 450;
/** A finger that moves further before that scrolls. */
const STILL_PX = 10;
/** Near the edge the list scrolls along. */
const EDGE_PX = 56;
const SCROLL_PX = 9;

/** A long press chooses a device; without lifting the finger, those on its way. */
export function useTouch(frame: RefObject<HTMLElement | null>, order: readonly string[]): void {
  const { selection } = useSession();
  const latest = useRef(order);
  latest.current = order;
  // The views share one frame.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const gone = new AbortController();
    const { signal } = gone;
    let press: ReturnType<typeof setTimeout> | undefined;
    let scrolling: number | undefined;
    let at = { x: 0, y: 0 };
    let isTouch = false;
    let isDrawing = false;
    /** The click that follows a long press. */
    let isToIgnore = false;

    function end(): void {
      clearTimeout(press);
      press = undefined;
      isDrawing = false;
      if (scrolling !== undefined) cancelAnimationFrame(scrolling);
      scrolling = undefined;
    }
    function reach(): void {
      const id = deviceAt(document.elementFromPoint(at.x, at.y));
      if (id !== undefined) selection.extend(id, latest.current);
    }
    function scroll(): void {
      const { top, bottom } = (element as HTMLElement).getBoundingClientRect();
      const by = at.y < top + EDGE_PX ? -SCROLL_PX : at.y > bottom - EDGE_PX ? SCROLL_PX : 0;
      if (by !== 0) {
        element?.scrollBy(0, by);
        reach();
      }
      scrolling = requestAnimationFrame(scroll);
    }

    element.addEventListener(
      'pointerdown',
      ({ pointerType, isPrimary, target, clientX, clientY }) => {
        end();
        isTouch = pointerType !== 'mouse';
        isToIgnore = false;
        const id = deviceAt(target);
        if (!isTouch || !isPrimary || id === undefined) return;
        at = { x: clientX, y: clientY };
        press = setTimeout(() => {
          isDrawing = true;
          isToIgnore = true;
          selection.add(id);
          navigator.vibrate?.(12);
          scrolling = requestAnimationFrame(scroll);
        }, LONG_PRESS_MS);
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      ({ clientX, clientY }) => {
        if (isDrawing) {
          at = { x: clientX, y: clientY };
          reach();
        } else if (Math.hypot(clientX - at.x, clientY - at.y) > STILL_PX) end();
      },
      { signal },
    );
    for (const type of ['pointerup', 'pointercancel'] as const) element.addEventListener(type, end, { signal });
    // Only a listener that is not passive can keep the list from scrolling.
    element.addEventListener('touchmove', (event) => isDrawing && event.preventDefault(), { signal, passive: false });
    element.addEventListener('contextmenu', (event) => isTouch && event.preventDefault(), { signal });
    element.addEventListener(
      'click',
      (event) => {
        if (!isToIgnore) return;
        isToIgnore = false;
        event.preventDefault();
        event.stopPropagation();
      },
      { signal, capture: true },
    );
    return () => {
      end();
      gone.abort();
    };
  }, [frame, selection]);
}
