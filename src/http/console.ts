import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { Hono } from 'hono';
import type { HttpEnv } from './secured.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** No inline script, nothing from elsewhere; sockets to ourselves only. */
const CSP =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The console's files, from memory. They are public: what they show needs a token. */
export function serveConsole<E extends HttpEnv>(app: Hono<E>): void {
  const jsonPatch = createRequire(import.meta.url).resolve('fast-json-patch/dist/fast-json-patch.min.js');
  const files: Record<string, string | URL> = {
    '/': new URL('../console/index.html', import.meta.url),
    '/console/console.js': new URL('../console/console.js', import.meta.url),
    '/console/console.css': new URL('../console/console.css', import.meta.url),
    '/vendor/fast-json-patch.min.js': jsonPatch,
  };
  for (const [path, file] of Object.entries(files)) {
    if (!existsSync(file)) continue;
    const body = readFileSync(file);
    const type = TYPES[extname(String(file))] ?? 'application/octet-stream';
    app.get(path, (c) =>
      c.body(body, 200, {
        'content-type': type,
        'content-security-policy': CSP,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      }),
    );
  }
}
