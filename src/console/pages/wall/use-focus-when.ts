import { type RefObject, useEffect, useRef } from 'react';

/** Focuses the current link (keys j and k), so that Enter opens it. */
export function useFocusWhen(isCurrent: boolean): RefObject<HTMLAnchorElement | null> {
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isCurrent) ref.current?.focus({ preventScroll: true });
  }, [isCurrent]);
  return ref;
}
