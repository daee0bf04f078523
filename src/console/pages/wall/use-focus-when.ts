import { type RefObject, useEffect, useRef } from 'react';

/** The link that the keys j and k have come to has the focus, so that Enter opens it. */
export function useFocusWhen(isCurrent: boolean): RefObject<HTMLAnchorElement | null> {
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isCurrent) ref.current?.focus({ preventScroll: true });
  }, [isCurrent]);
  return ref;
}
