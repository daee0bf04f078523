import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
  WebSocketBehavior,
} from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { probePaths } from '../http/probes.ts';
import { serveOnUws } from '../http/uws-adapter.ts';
import { withoutBase } from '../protocol/base-path.ts';
import type { Host, HostDeps } from './host.ts';
import { PendingUpgrade, type UserData } from './pending-upgrade.ts';

/** Rejects if no native binary loads on this machine. */
export async function createUwsHost(deps: HostDeps): Promise<Host> {
  const { default: uws } = await import('uWebSockets.js');
  const app = uws.App();
  const guard = guarded(app, deps);
  const { basePath } = deps.settings;
  for (const path of probePaths) guard.any(path, (res, req) => answerProbe(res, req, path, deps));
  deps.io.server.attachApp(guard, {
    // An option of Engine.IO on µWS, missing in Socket.IO's types.
    ...({ maxBackpressure: deps.settings.maxBackpressureBytes } as object),
  });
  serveOnUws(guard, deps.routes.fetch, { ...deps.routes, basePath, failed: deps.failed });

  let listening: us_listen_socket | undefined;
  let claim: Server | undefined;
  return {
    kind: 'uws',
    listen: async (port, host) => {
      // Looking for a free port occupies it for a moment. The claim lets only one process look at a time.
      if (port !== 0) claim = await claimPort(port, host);
      const free = await findFree(port, host);
      claim ??= await claimPort(free, host);
      return new Promise((resolve, reject) => {
        app.listen(host, free, (socket) => {
          if (!socket) return reject(Object.assign(new Error(`port ${free} is in use`), { code: 'EADDRINUSE' }));
          listening = socket;
          resolve(free);
        });
      });
    },
    readCertificate: () => () => {},
    stopListening: () => {
      if (listening) uws.us_listen_socket_close(listening);
      listening = undefined;
      claim?.close();
    },
    close: async () => {
      claim?.close();
      app.close();
    },
  };
}

/**
 * µWS shares a port with other processes silently, which breaks long-polling. Its exclusive mode is no solution: it
 * omits SO_REUSEADDR, so after a stop the port stays occupied for a minute by closed connections. So a Node server
 * first checks whether the port is in use, or finds a free one. Rejects like Node (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
function findFree(port: number, host: string): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ port, host, exclusive: true }, () => {
      const free = (probe.address() as AddressInfo).port;
      probe.close(() => resolve(free));
    });
  });
}

/**
 * Lets one of several processes continue that check the same port at the same time: it holds an abstract Unix socket
 * named after the port while it listens, which Linux releases however the process ends. Rejects with EADDRINUSE.
 */
function claimPort(port: number, host: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return Promise.resolve(undefined);
  const claim = createServer((stranger) => stranger.destroy()).unref();
  return new Promise((resolve, reject) => {
    claim.once('error', reject);
    claim.listen(`\0vigia-${host}-${port}`, () => resolve(claim));
  });
}

/**
 * Wraps the app: a reader that does not keep up is disconnected (µWS would drop messages silently, and Engine.IO would
 * not notice), and an error in a handler closes one connection instead of ending the process.
 */
function guarded(app: TemplatedApp, { closed, failed, settings, io }: HostDeps): TemplatedApp {
  const { strangers } = io;
  /** Runs the handler. Reports its error and closes the connection. */
  const contain =
    <C extends Closable, A extends unknown[]>(handler: ((it: C, ...args: A) => unknown) | undefined) =>
    (it: C, ...args: A): void => {
      try {
        handler?.(it, ...args);
      } catch (error) {
        failed(error);
        close(it);
      }
    };
  const request = (handler: (res: HttpResponse, req: HttpRequest) => unknown) =>
    contain((res: HttpResponse, req: HttpRequest) => {
      // Later, µWS itself calls the body's callback.
      const { onData } = res;
      res.onData = (take) => {
        const contained = contain((_: HttpResponse, chunk: ArrayBuffer, isLast: boolean) => take(chunk, isLast));
        return onData.call(res, (chunk, isLast) => contained(res, chunk, isLast));
      };
      handler(res, req);
    });
  const guard: TemplatedApp = Object.create(app);
  const { basePath } = settings;
  const places = (path: string) => (basePath === '' || path === '/*' ? [path] : [path, basePath + path]);
  guard.any = (path, handler) => {
    for (const place of places(path as string)) app.any(place, request(handler));
    return guard;
  };
  guard.get = (path, handler) => {
    app.get(path, request(handler));
    return guard;
  };
  guard.ws = <T>(path: string, behavior: WebSocketBehavior<T>) => {
    const { upgrade, open, message, close: ended } = behavior;
    const at = (pattern: string, maxPayloadLength: number) =>
      app.ws<T>(pattern, {
        ...behavior,
        maxPayloadLength,
        closeOnBackpressureLimit: 1,
        upgrade: contain((res: HttpResponse, req: HttpRequest, context: us_socket_context_t) => {
          // Yields to the next matching route, and finally to REST.
          if (withoutBase(basePath, req.getUrl()) !== path) return void req.setYield(true);
          // Engine.IO would treat this as long-polling on a socket that cannot poll, and throw in a timer that nothing
          // catches.
          if (req.getQuery('transport') !== 'websocket') return void res.writeStatus('400 Bad Request').end();
          const address = Buffer.from(res.getRemoteAddressAsText()).toString();
          const reservation = strangers.reserve(maxPayloadLength, address, req.getQuery('sid'));
          if (!reservation) return void req.setYield(true);
          const pending = new PendingUpgrade(res, {
            taken: (transport, ws) => {
              if (reservation !== 'free') reservation.transport = transport;
              strangers.opened(transport, () => ws.close());
              open?.(ws as never);
            },
            gone: () => {
              if (reservation !== 'free') strangers.release(reservation);
            },
          });
          const [key, protocol, extensions] = HANDSHAKE_HEADERS.map((name) => req.getHeader(name)) as [
            string,
            string,
            string,
          ];
          upgrade?.(pending.response, req, context);
          pending.upgrade(key, protocol, extensions, context);
        }),
        open: contain((ws: WebSocket<T>) => userDataOf(ws).pending?.opened(ws as never)),
        message: contain((ws: WebSocket<T>, data: ArrayBuffer, isBinary: boolean) => {
          // Clients send nothing before the server's first packet.
          if (userDataOf(ws).transport) message?.(ws, data, isBinary);
          else ws.close();
        }),
        close: contain((ws: WebSocket<T>, code: number, text: ArrayBuffer) => {
          const { pending, transport } = userDataOf(ws);
          pending?.closed();
          const reason = closeReason(code, Buffer.from(text).toString());
          if (reason) closed(reason, transport && io.connectionAt(transport));
          if (!transport) return;
          strangers.closed(transport);
          return ended?.(ws, code, text);
        }),
      });
    // µWS has one limit per route: these routes match the path, most specific first.
    for (const [i, bytes] of strangers.sizes.entries()) {
      for (const pattern of i === 2 ? ['/*'] : places([path, `${path}*`][i] as string)) at(pattern, bytes);
    }
    return guard;
  };
  guard.publish = (...args) => app.publish(...args);
  return guard;
}

const HANDSHAKE_HEADERS = ['sec-websocket-key', 'sec-websocket-protocol', 'sec-websocket-extensions'];

const userDataOf = (ws: WebSocket<unknown>) => ws.getUserData() as UserData;

interface Closable {
  close(): unknown;
}

function close(connection: Closable): void {
  try {
    connection.close();
  } catch {
    // It is already closed or answered.
  }
}

/** µWS identifies its own closes only by their text. */
function closeReason(code: number, text: string): string | undefined {
  if (/too big|too large/i.test(text) || code === 1009) return 'message_too_large';
  if (/backpressure/i.test(text)) return 'slow_reader';
  return undefined;
}

function answerProbe(
  res: HttpResponse,
  req: HttpRequest,
  path: (typeof probePaths)[number],
  { routes, failed }: HostDeps,
): void {
  let open = true;
  res.onAborted(() => {
    open = false;
  });
  const method = req.getMethod().toUpperCase();
  const sender = {
    address: Buffer.from(res.getRemoteAddressAsText()).toString(),
    forwardedFor: req.getHeader('x-forwarded-for'),
    authorization: req.getHeader('authorization'),
  };
  routes.probe(path, method, sender).then(({ status, contentType, body, allow }) => {
    if (!open) return;
    res.cork(() => {
      res
        .writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
        .writeHeader('content-type', contentType)
        .writeHeader('cache-control', 'no-store')
        .writeHeader('x-content-type-options', 'nosniff');
      if (allow) res.writeHeader('allow', allow);
      if (method === 'HEAD') res.endWithoutBody(Buffer.byteLength(body));
      else res.end(body);
    });
  }, failed);
}
