import { type ComponentType, useEffect, useState } from 'react';
import type { PageEntry } from '../pages.ts';
import { Loading } from '../ui/page.tsx';

const loaded = new Map<PageEntry, ComponentType>();

/** Brings a page's file, so that it shows at once when it is opened. */
export async function loadPage(page: PageEntry): Promise<void> {
  if (!loaded.has(page)) loaded.set(page, (await page.load()).default);
}

/** A page, as soon as its file is here. (`Suspense` shows what it waited for no sooner than 300 ms after its fallback.) */
export function LoadedPage({ page }: { page: PageEntry }) {
  const Component = loaded.get(page);
  const [, draw] = useState(0);
  useEffect(() => {
    loadPage(page).then(
      () => draw((it) => it + 1),
      // Thrown while drawing, so that it is told where the page would be.
      (error) =>
        draw(() => {
          throw error;
        }),
    );
  }, [page]);
  return Component ? <Component /> : <Loading />;
}
