import type { Rest } from './rest.ts';

/**
 * Requesting a screenshot needs the token, so they are fetched and cached as blobs (least recently used are dropped).
 */
export interface Pictures {
  /** An object URL if the screenshot is cached. Later fetches may revoke it. */
  peek(url: string): string | undefined;
  fetch(url: string): Promise<string>;
  clear(): void;
}

const KEPT = 400;

export function createPictures(rest: Rest): Pictures {
  const kept = new Map<string, string>();
  const coming = new Map<string, Promise<string>>();

  async function load(url: string): Promise<string> {
    const local = URL.createObjectURL(await rest.blob(url));
    kept.set(url, local);
    for (const [oldest, its] of kept) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
      URL.revokeObjectURL(its);
    }
    return local;
  }

  return {
    peek(url) {
      const local = kept.get(url);
      if (local === undefined) return undefined;
      kept.delete(url);
      kept.set(url, local);
      return local;
    },
    fetch(url) {
      const here = kept.get(url);
      if (here !== undefined) return Promise.resolve(here);
      const known = coming.get(url);
      if (known) return known;
      const started = load(url).finally(() => coming.delete(url));
      coming.set(url, started);
      return started;
    },
    clear() {
      for (const local of kept.values()) URL.revokeObjectURL(local);
      kept.clear();
    },
  };
}
