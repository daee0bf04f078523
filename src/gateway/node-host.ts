import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import { type ProbePath, probePaths } from '../http/probes.ts';
import { withoutBase } from '../protocol/base-path.ts';
import type { Host, HostDeps } from './host.ts';
import { STRANGER_MESSAGE_BYTES } from './strangers.ts';

/** Node's http and ws: for machines without a native binary, for TLS, and where it is configured. */
export function createNodeHost({ io, routes, settings, closed, failed }: HostDeps): Host {
  const { tlsKeyFile, tlsCertFile, maxMessageBytes } = settings;
  const app = getRequestListener((request, env) => {
    const { remoteAddress } = (env as { incoming: IncomingMessage }).incoming.socket;
    return routes.fetch(request, { address: remoteAddress ?? '' });
  });
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    const path = req.url?.split('?')[0] as ProbePath;
    if (!probePaths.includes(path)) return void app(req, res);
    const sender = {
      address: req.socket.remoteAddress ?? '',
      forwardedFor: String(req.headers['x-forwarded-for'] ?? ''),
      authorization: req.headers.authorization,
    };
    routes.probe(path, req.method ?? '', sender).then(({ status, contentType, body, allow }) => {
      res
        .writeHead(status, {
          'content-type': contentType,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...(allow && { allow }),
        })
        .end(body);
    }, failed);
  };
  const certificate = () =>
    tlsKeyFile && tlsCertFile ? { key: readFileSync(tlsKeyFile), cert: readFileSync(tlsCertFile) } : undefined;
  const pair = certificate();
  const tls = pair && createTlsServer(pair, listener);
  const server = tls ?? createServer(listener);
  io.server.attach(server);
  contain(server, settings.basePath, failed);
  // Engine.IO answers an oversized polling upload with 413, without an event.
  io.server.engine.use((req: IncomingMessage, res: ServerResponse, next: (error?: Error) => void) => {
    // There is no response to a WebSocket.
    res.once?.('close', () => {
      if (res.statusCode !== 413) return;
      const connection = io.connectionOf(new URLSearchParams(req.url?.split('?')[1]).get('sid'));
      closed('message_too_large', connection);
      connection?.close(true);
    });
    const isNoWebSocket = req.headers.upgrade !== undefined && !/[?&]transport=websocket(&|$)/.test(req.url ?? '');
    next(isNoWebSocket ? new Error('only WebSocket upgrades are supported') : undefined);
  });

  return {
    kind: 'node',
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          // Engine.IO creates it when the server starts to listen.
          limitFrames((io.server.engine as unknown as { ws: WebSockets }).ws, maxMessageBytes);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    readCertificate: () => {
      const next = certificate();
      // The pair may be half replaced.
      if (next) createSecureContext(next);
      return () => tls?.setSecureContext(next ?? {});
    },
    stopListening: () => {
      server.close();
    },
    close: async () => {
      server.closeAllConnections();
    },
  };
}

/** Contains errors of request handlers: an error closes its own connection only. */
function contain(server: EventEmitter, basePath: string, failed: (error: unknown) => void): void {
  for (const event of ['request', 'upgrade']) {
    const handlers = server.listeners(event);
    server.removeAllListeners(event);
    server.on(event, (req: IncomingMessage, ...args: unknown[]) => {
      req.url = withoutBase(basePath, req.url ?? '/');
      try {
        for (const handle of handlers) Reflect.apply(handle, server, [req, ...args]);
      } catch (error) {
        failed(error);
        req.socket.destroy();
      }
    });
  }
}

/** The part of Engine.IO's `ws` server used here. */
interface WebSockets {
  options: { maxPayload: number };
  handleUpgrade(req: unknown, socket: unknown, head: unknown, done: (it: WebSocket) => void): void;
}

interface WebSocket {
  on(event: 'error', listener: () => void): void;
  terminate(): void;
}

function limitFrames(ws: WebSockets, maxMessageBytes: number): void {
  // The limit until sign-in. `Strangers` raises it.
  ws.options.maxPayload = Math.min(maxMessageBytes, STRANGER_MESSAGE_BYTES);
  const { handleUpgrade } = ws;
  ws.handleUpgrade = (req, socket, head, done) =>
    handleUpgrade.call(ws, req, socket, head, (it) => {
      // By default, `ws` reports the error and still reads the oversized message to its end.
      it.on('error', () => it.terminate());
      done(it);
    });
}
