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
/** A reload that did not help is not repeated for this long. */
const RELOAD_PAUSE_MS = 60_000;
const RELOADED_AT = 'vigia.reloadedAt';

const loaded = new Map<PageEntry, ComponentType>();

/** Preloads a page, so that it shows at once. */
export async function loadPage(page: PageEntry): Promise<void> {
  if (!loaded.has(page)) loaded.set(page, (await page.load()).default);
}

/** A page, rendered when its file has loaded. (`Suspense` would show it no sooner than 300 ms after its fallback.) */
export function LoadedPage({ page }: { page: PageEntry }) {
  const t = useTexts(texts);
  const Component = loaded.get(page);
  const [isAway, setAway] = useState(false);
  const [, draw] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    loadPatiently(page, left.signal, () => setAway(true)).then(
      () => draw((it) => it + 1),
      // Thrown while rendering, so that the error boundary shows it in place of the page.
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
 * If a file is missing although the server responds, the server was upgraded, and a reload gets the new version. If the
 * server does not respond, waits.
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

/** Never resolves if the page reloads. */
function reloadOnce(error: unknown): Promise<void> {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT)) < RELOAD_PAUSE_MS) throw error;
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  location.reload();
  return new Promise(() => {});
}
