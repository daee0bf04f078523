/** Keeps the page and these files in the browser, so that it starts without a network, too (`public/worker.js`). */
export async function keep(files: readonly string[]): Promise<void> {
  // Only over HTTPS, and on this machine.
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('worker.js');
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const own = [location.href, ...loaded, ...files].map((it) => new URL(it, location.href).href);
  const wanted = new Set(own.filter((it) => it.startsWith(new URL('.', location.href).href) && isFile(it)));
  const cache = await caches.open('screen');
  // Without a network, what is kept stays.
  await Promise.allSettled([...wanted].map((it) => cache.add(it)));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

/** The server's own paths are no files of the page, if both have the same address. */
const isFile = (url: string) => !/\/(?:api|socket\.io)\//.test(url);
