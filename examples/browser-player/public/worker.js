// Answers with what `keep.ts` has kept if the network does not answer in time, or only with an error.
const TIMEOUT_MS = 3000;

addEventListener('install', () => self.skipWaiting());
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.method === 'GET') event.respondWith(answer(event.request));
});

async function answer(request) {
  const kept = await caches.match(request);
  if (!kept) return fetch(request);
  const fresh = fetch(request).then(
    (it) => (it.ok ? it : kept),
    () => kept,
  );
  const late = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS, kept));
  return Promise.race([fresh, late]);
}
