import { useEffect, useRef } from 'react';
import { useIsPast } from './moment.ts';
import { useSession } from './session.tsx';

/** A low rate: a wall must not keep its whole fleet busy. */
const INTERVAL_MS = 10_000;
const MOST = 150;
/** Devices that are only scrolled past are not watched. */
const SETTLE_MS = 400;

/** Watches the devices in view at a low rate while the page is visible. */
export function useGentleWatch(ids: readonly string[]): void {
  const { admin } = useSession();
  const isPast = useIsPast();
  const watched = useRef(new Map<string, () => void>());
  const wanted = useRef(ids);
  wanted.current = ids;
  const key = ids.join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the ids
  useEffect(() => {
    const update = () => watchOnly(document.hidden || isPast ? [] : wanted.current.slice(0, MOST));
    const watchOnly = (shown: readonly string[]) => {
      const keep = new Set(shown);
      for (const [id, stop] of watched.current) {
        if (keep.has(id)) continue;
        stop();
        watched.current.delete(id);
      }
      for (const id of keep) {
        if (!watched.current.has(id)) watched.current.set(id, admin.watch(id, { intervalMs: INTERVAL_MS }));
      }
    };
    const timer = setTimeout(update, SETTLE_MS);
    document.addEventListener('visibilitychange', update);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', update);
    };
  }, [key, admin, isPast]);

  useEffect(() => {
    const { current } = watched;
    return () => {
      for (const stop of current.values()) stop();
      current.clear();
    };
  }, []);
}
