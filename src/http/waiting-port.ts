import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { withoutBase } from '../protocol/base-path.ts';
import { problem } from './problem.ts';

interface Settings {
  port: number;
  host: string;
  /** See `withoutBase`. */
  basePath: string;
  tlsKeyFile?: string | undefined;
  tlsCertFile?: string | undefined;
}

/** As the proxies in `deploy/` send it. */
const OPEN_PACKET =
  '0{"sid":"waiting-room","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":5000000}';

/**
 * Holds the port while the server starts, which can take half a minute if a dependency is away. Answers the probes, and
 * is the waiting room (SPEC R8): a refused handshake would count as one of the few attempts of a fielded player. A
 * random port is not held: nobody knows it yet.
 */
export async function openWaitingPort(settings: Settings): Promise<{ close(): Promise<void> }> {
  const { port, host, basePath, tlsKeyFile, tlsCertFile } = settings;
  if (port === 0) return { close: async () => {} };
  const answer = (req: IncomingMessage, res: ServerResponse) => respond(req, res, basePath);
  const server =
    tlsKeyFile && tlsCertFile
      ? createTlsServer({ key: readFileSync(tlsKeyFile), cert: readFileSync(tlsCertFile) }, answer)
      : createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond(req: IncomingMessage, res: ServerResponse, basePath: string): void {
  const response = answerTo(req.method ?? '', withoutBase(basePath, req.url ?? '/'));
  // The connection closes, so that the next request finds the server that has started meanwhile.
  const headers = { ...Object.fromEntries(response.headers), 'cache-control': 'no-store', connection: 'close' };
  void response.text().then((body) => {
    res.writeHead(response.status, headers).end(body);
  });
}

function answerTo(method: string, url: string): Response {
  const [path, query] = url.split('?');
  const asked = new URLSearchParams(query);
  const isHandshake = asked.get('EIO') === '4' && asked.get('transport') === 'polling' && !asked.has('sid');
  switch (method === 'GET' || method === 'HEAD' ? path : '') {
    case '/health':
    case '/healthz':
      return Response.json({ status: 'ok' });
    case '/readyz':
      return Response.json({ status: 'unavailable', reasons: ['starting'] }, { status: 503 });
    case '/socket.io/':
      if (isHandshake) return new Response(OPEN_PACKET, { headers: { 'content-type': 'text/plain; charset=UTF-8' } });
  }
  return problem('unavailable', { detail: 'The server is starting.' });
}
