import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { withoutBase } from '../protocol/base-path.ts';
import type { VigiaError } from '../protocol/errors.ts';
import { problem } from './problem.ts';
import type { Fetch, Routes, Sender } from './routes.ts';

/** What µWS writes itself, and what belongs to one connection rather than to the response. */
const OWNED_BY_TRANSPORT = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'date',
]);

/**
 * Serves a Web-standard `fetch` on µWS, for every path no other route takes.
 * Bodies are gathered first, if who sends them may, up to the `maxBodyBytes` of the path; beyond it the answer is 413 and the rest is thrown away as it comes.
 * The request's signal aborts when the client goes away.
 *
 * µWS ends a connection that sends its next request before the last one is answered (no pipelining).
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
    // `res` must not be touched once the client has left or the answer is out: µWS has freed it by then.
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
    // µWS throws away what nobody listens to.
    if (verdict !== 'read') void forward(undefined, verdict === 'skip' ? undefined : verdict);
    else if (head.contentLength > maxBodyBytes) void answer(() => tooLarge(maxBodyBytes));
    else gather(res, maxBodyBytes, (body) => void (body ? forward(body) : answer(() => tooLarge(maxBodyBytes))));
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

/** Reads all of `req` at once: it is only valid until the handler returns. */
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
    forwardedFor: req.getHeader('x-forwarded-for'),
    address: textAddress(res.getRemoteAddress()),
    hasBody: contentLength > 0 || req.getHeader('transfer-encoding') !== '',
    contentLength,
  };
}

/**
 * A header's value with one character for each byte, as Node and the Web standard have it. µWS reads it as UTF-8, and has
 * put U+FFFD for what is none, which `Headers` refuses.
 */
function byteString(value: string): string {
  return /^[\0-\x7f]*$/.test(value) ? value : Buffer.from(value).toString('latin1');
}

/** Undefined where the parts make no request: a host or header that is none, a method that the Web standard forbids. */
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

/** Calls `done` once: with the whole body, or with undefined as soon as it is over the limit. */
function gather(res: HttpResponse, limit: number, done: (body: Buffer | undefined) => void): void {
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
    // The memory behind `chunk` is µWS's again after this callback.
    chunks.push(Buffer.from(chunk.slice(0)));
    if (isLast) done(Buffer.concat(chunks, size));
  });
}

async function settle(respond: () => Response | Promise<Response>): Promise<{ response: Response; body: Buffer }> {
  try {
    const response = await respond();
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  } catch {
    // The app turns its own faults into problems; this one is of a body that broke on its way.
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

/** IPv4 as four numbers, also where it comes mapped into IPv6 (::ffff:…), so that one machine has one address. */
function textAddress(binary: ArrayBuffer): string {
  const bytes = Buffer.from(binary);
  const mapped = bytes.length === 16 && bytes.readUIntBE(0, 6) === 0 && bytes.readUIntBE(6, 6) === 0xffff;
  if (bytes.length === 4 || mapped) return bytes.subarray(-4).join('.');
  const groups = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}
