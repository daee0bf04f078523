import { type ComponentType, useEffect, useState } from 'react';
import { basePath } from '../core/base.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import type { PageEntry } from '../pages.ts';
import { Empty, Loading } from '../ui/page.tsx';

const texts = defineTexts(
  { away: 'The server cannot be reached. Retrying…' },
  { away: 'No se puede conectar con el servidor. Reintentando…' },
);

const RETRY_MS = 2000;
/** A reload that did not help is not repeated for so long. */
const RELOAD_PAUSE_MS = 60_000;
const RELOADED_AT = 'vigia.reloadedAt';

const loaded = new Map<PageEntry, ComponentType>();

/** Brings a page's file, so that it shows at once when it is opened. */
export async function loadPage(page: PageEntry): Promise<void> {
  if (!loaded.has(page)) loaded.set(page, (await page.load()).default);
}

/** A page, as soon as its file is here. (`Suspense` shows what it waited for no sooner than 300 ms after its fallback.) */
export function LoadedPage({ page }: { page: PageEntry }) {
  const t = useTexts(texts);
  const Component = loaded.get(page);
  const [isAway, setAway] = useState(false);
  const [, draw] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    loadPatiently(page, left.signal, () => setAway(true)).then(
      () => draw((it) => it + 1),
      // Thrown while drawing, so that it is told where the page would be.
      (error) =>
        draw(() => {
          throw error;
        }),
    );
    return () => left.abort();
  }, [page]);
  if (Component) return <Component />;
  return isAway ? <Empty icon="warning" title={t.away} /> : <Loading />;
}

/**
 * A file that cannot be had while the server is there belongs to a version before this server's: a reload brings the new one.
 * While the server is away it is waited for.
 */
async function loadPatiently(page: PageEntry, left: AbortSignal, onAway: () => void): Promise<void> {
  for (;;) {
    try {
      return await loadPage(page);
    } catch (error) {
      if (left.aborted) return;
      if (await isServerThere()) return reloadOnce(error);
      onAway();
    }
    do await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    while (!left.aborted && !(await isServerThere()));
  }
}

const isServerThere = () =>
  fetch(`${basePath}/healthz`, { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Never resolves where the page is loaded anew. */
function reloadOnce(error: unknown): Promise<void> {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT)) < RELOAD_PAUSE_MS) throw error;
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  location.reload();
  return new Promise(() => {});
}
