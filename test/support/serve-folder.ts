import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wav': 'audio/wav',
};

/** Serves files as any web server would. `fail`: from now on it answers as a proxy without a server. */
export async function serveFolder(folder: string): Promise<{ url: string; fail(): void; stop(): Promise<void> }> {
  let isFailing = false;
  const server = createServer(async (request, response) => {
    if (isFailing) return response.writeHead(502).end('Bad Gateway');
    const path = new URL(request.url ?? '/', 'http://any').pathname.replace(/\/$/, '/index.html');
    const body = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/plain' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: () => {
      isFailing = true;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
