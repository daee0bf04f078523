import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { withoutBase } from '../protocol/base-path.ts';
import type { VigiaError } from '../protocol/errors.ts';
import { problem } from './problem.ts';
import type { Fetch, Routes, Sender } from './routes.ts';

/** Headers that µWS writes itself, and hop-by-hop headers. */
const OWNED_BY_TRANSPORT = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'date',
]);

/**
 * Serves a Web-standard `fetch` on µWS, for every path without a route of its own. If `checkBody` allows it, the body
 * is buffered up to the path's `maxBodyBytes`; a larger one is answered with 413 and discarded. The request's signal
 * aborts when the client disconnects.
 * µWS closes a connection that sends another request before the last response (no pipelining).
 */
export function serveOnUws(
  app: TemplatedApp,
  fetch: Fetch,
  {
    maxBodyBytes: limitOf,
    checkBody,
    basePath,
    failed,
  }: BodyLimits & {
    basePath: string;
    failed: (error: unknown) => void;
  },
): void {
  app.any('/*', (res, req) => {
    const gone = new AbortController();
    // Do not touch `res` after the client disconnected or the response was sent: µWS has freed it.
    let open = true;
    res.onAborted(() => {
      open = false;
      gone.abort();
    });
    const head = readHead(res, req, withoutBase(basePath, req.getUrl()));
    const maxBodyBytes = limitOf(head.path);

    const answer = async (respond: () => Response | Promise<Response>): Promise<void> => {
      const { response, body } = await settle(respond);
      if (!open) return;
      open = false;
      try {
        write(res, response, head.method === 'HEAD' ? undefined : body);
      } catch (error) {
        failed(error);
        res.close();
      }
    };
    const forward = (body: Buffer | undefined, refused?: VigiaError): Promise<void> =>
      answer(() => {
        const request = toRequest(head, body, gone.signal);
        return request ? fetch(request, { address: head.address, refused }) : problem('invalid_payload');
      });

    const verdict = head.hasBody ? checkBody(head.path, head) : 'skip';
    // Without a listener, µWS discards the body.
    if (verdict !== 'read') void forward(undefined, verdict === 'skip' ? undefined : verdict);
    else if (head.contentLength > maxBodyBytes) void answer(() => tooLarge(maxBodyBytes));
    else bufferBody(res, maxBodyBytes, (body) => void (body ? forward(body) : answer(() => tooLarge(maxBodyBytes))));
  });
}

type BodyLimits = Pick<Routes, 'maxBodyBytes' | 'checkBody'>;

interface Head extends Sender {
  method: string;
  url: string;
  path: string;
  headers: [name: string, value: string][];
  hasBody: boolean;
  contentLength: number;
}

/** Copies everything from `req`, which is only valid until the handler returns. */
function readHead(res: HttpResponse, req: HttpRequest, path: string): Head {
  const headers: Head['headers'] = [];
  req.forEach((name, value) => {
    headers.push([name, byteString(value)]);
  });
  const query = req.getQuery();
  const contentLength = Number(req.getHeader('content-length') || 0);
  return {
    method: req.getMethod().toUpperCase(),
    url: `http://${req.getHeader('host') || 'localhost'}${path}${query ? `?${query}` : ''}`,
    path,
    headers,
    authorization: req.getHeader('authorization'),
    cookie: req.getHeader('cookie'),
    host: req.getHeader('host'),
    forwardedFor: req.getHeader('x-forwarded-for'),
    address: textAddress(res.getRemoteAddress()),
    hasBody: contentLength > 0 || req.getHeader('transfer-encoding') !== '',
    contentLength,
  };
}

/**
 * Restores a header's bytes as a latin1 string, as Node and the Web standard have it. µWS decodes UTF-8 and replaces
 * invalid bytes by U+FFFD, which `Headers` refuses.
 */
function byteString(value: string): string {
  return /^[\0-\x7f]*$/.test(value) ? value : Buffer.from(value).toString('latin1');
}

/** Undefined if `Request` refuses the head: an invalid host, header or method. */
function toRequest(head: Head, body: Buffer | undefined, signal: AbortSignal): Request | undefined {
  const mayHaveBody = head.method !== 'GET' && head.method !== 'HEAD';
  try {
    return new Request(head.url, {
      method: head.method,
      headers: head.headers,
      signal,
      ...(body && mayHaveBody && { body }),
    });
  } catch {
    return undefined;
  }
}

/** Buffers the body. Calls `done` once: with the body, or with undefined once it exceeds the limit. */
function bufferBody(res: HttpResponse, limit: number, done: (body: Buffer | undefined) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  res.onData((chunk, isLast) => {
    if (size > limit) return;
    size += chunk.byteLength;
    if (size > limit) {
      chunks = [];
      done(undefined);
      return;
    }
    // µWS reuses the memory of `chunk` after this callback.
    chunks.push(Buffer.from(chunk.slice(0)));
    if (isLast) done(Buffer.concat(chunks, size));
  });
}

async function settle(respond: () => Response | Promise<Response>): Promise<{ response: Response; body: Buffer }> {
  try {
    const response = await respond();
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  } catch {
    // The app handles its own errors; this one comes from reading the body of the response.
    const response = problem('internal');
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  }
}

function write(res: HttpResponse, response: Response, body: Buffer | undefined): void {
  const { status } = response;
  res.cork(() => {
    res.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
    response.headers.forEach((value, name) => {
      if (!OWNED_BY_TRANSPORT.has(name)) res.writeHeader(name, value);
    });
    if (body === undefined || status === 204 || status === 304) res.endWithoutBody();
    else res.end(body);
  });
}

function tooLarge(limit: number): Response {
  return problem('payload_too_large', { detail: `A request body may take ${limit} bytes.` });
}

/** IPv4 in dotted form, also if mapped into IPv6 (::ffff:…), so that a client has one address. */
function textAddress(binary: ArrayBuffer): string {
  const bytes = Buffer.from(binary);
  const mapped = bytes.length === 16 && bytes.readUIntBE(0, 6) === 0 && bytes.readUIntBE(6, 6) === 0xffff;
  if (bytes.length === 4 || mapped) return bytes.subarray(-4).join('.');
  const groups = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}
