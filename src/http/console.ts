import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Hono } from 'hono';
import type { HttpEnv } from './secured.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Nothing inline, nothing from other origins. Screenshots need a token, so the console fetches them and shows blobs.
 */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const compress = promisify(gzip) as (plain: Buffer) => Promise<Buffer<ArrayBuffer>>;

/** The file names contain a content hash. */
const FOREVER = 'public, max-age=31536000, immutable';

interface File {
  plain: Buffer<ArrayBuffer>;
  /** Compressed on first use. */
  gzipped?: Promise<Buffer<ArrayBuffer>>;
  headers: Record<string, string>;
}

/**
 * Serves the console's files from memory, without authentication: the data needs a token. Every other GET for a page
 * returns the console, because its router handles paths such as `/devices/lobby-1`.
 */
export function serveConsole<E extends HttpEnv>(app: Hono<E>, basePath: string): void {
  const folder = builtConsole();
  if (!folder) return;
  const files = new Map(filesIn(folder).map((path) => [`/${path}`, read(folder, path)]));
  const index = files.get('/index.html');
  if (index) index.plain = placed(index.plain, basePath);
  app.get('*', async (c, next) => {
    const isPage = c.req.header('accept')?.includes('text/html') && !/^\/(api|assets)\//.test(c.req.path);
    const file = files.get(c.req.path) ?? (isPage || c.req.path === '/' ? index : undefined);
    if (!file) return next();
    const takesGzip = c.req.header('accept-encoding')?.includes('gzip') ?? false;
    if (!takesGzip) return c.body(file.plain, 200, file.headers);
    file.gzipped ??= compress(file.plain);
    return c.body(await file.gzipped, 200, { ...file.headers, 'content-encoding': 'gzip' });
  });
}

/** The built page refers to its files relatively, but routes are deeper: inserts the base path. */
function placed(page: Buffer, basePath: string): Buffer<ArrayBuffer> {
  const html = page.toString().replaceAll('"./', `"${basePath}/`);
  return Buffer.from(html.replace('name="base-path" content=""', `name="base-path" content="${basePath}"`));
}

/** Next to the built server, or in `dist` if this runs from source. */
function builtConsole(): string | undefined {
  const places = ['../../console', '../../dist/console'].map((it) => fileURLToPath(new URL(it, import.meta.url)));
  return places.find((it) => existsSync(join(it, 'index.html')));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(folder.length + 1));
}

function read(folder: string, path: string): File {
  const plain = readFileSync(join(folder, path));
  const headers = {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': path.startsWith('assets/') ? FOREVER : 'no-cache',
    vary: 'accept-encoding',
  };
  return { plain, headers };
}
