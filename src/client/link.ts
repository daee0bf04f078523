import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ErrorCode } from '../protocol/errors.ts';
import { ClientError, isFinal } from './errors.ts';

export const RETRY_MIN_MS = 1000;
export const RETRY_MAX_MS = 5000;
/** A connection that lasted so long was a good one: the next trouble begins with short waits again. */
const STEADY_MS = 10_000;

/** How messages travel: every connection begins with long-polling, and stays with it where no WebSocket gets through. */
// biome-ignore lint/suspicious/noExplicitAny: socket.io's own constraint, which it does not export
type EventsMap = { [event: string]: any };

export type Transport = 'polling' | 'websocket';

export interface LinkEvents {
  connected(): void;
  /** It comes back by itself. */
  lost(reason: string): void;
  /** A sign-in or a connection that failed, and is tried again. */
  failed?(error: ClientError): void;
  /** It does not come back (P9). */
  ended(error: ClientError): void;
}

export interface Link<Listen extends EventsMap, Emit extends EventsMap> {
  readonly socket: Socket<Listen, Emit>;
  /** What it uses, or tries now; undefined between two attempts. */
  readonly transport: Transport | undefined;
  /** Ends it for good, with the error that is told. */
  end(error: ClientError): void;
  close(): void;
  /** Drops the transport, and connects anew. */
  renew(): void;
}

/**
 * A connection that is kept up: socket.io-client retries lost transports by itself; this also retries what the server
 * ended without a final reason, and stops, saying so, at what is final (P9). Waits double up to 5 s, with jitter, for ever.
 */
export function openLink<Listen extends EventsMap, Emit extends EventsMap>(
  url: string,
  namespace: '/' | '/admin',
  options: Partial<ManagerOptions & SocketOptions>,
  events: LinkEvents,
): Link<Listen, Emit> {
  let isOver = false;
  let failures = 0;
  let connectedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  // A server that a proxy has under a path: to socket.io-client that would be a namespace.
  const { origin, pathname } = new URL(url.includes('://') ? url : `http://${url}`);
  const socket: Socket = io(origin + namespace, {
    path: `${pathname.replace(/\/+$/, '')}/socket.io/`,
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: RETRY_MIN_MS,
    reconnectionDelayMax: RETRY_MAX_MS,
    randomizationFactor: 0.5,
    // Long-polling first: there are proxies that never answer a WebSocket, or pass nothing on in it, and to wait for each of
    // them would take longer than the few requests more.
    transports: ['polling', 'websocket'],
    tryAllTransports: true,
    // A connection that closes while it opens is seen by this alone.
    timeout: 10_000,
    ...options,
  });

  function retry(): void {
    if (performance.now() - connectedAt > STEADY_MS) failures = 0;
    clearTimeout(timer);
    timer = setTimeout(() => socket.connect(), retryDelay(failures++, Math.random()));
  }

  function close(): void {
    isOver = true;
    clearTimeout(timer);
    socket.disconnect();
  }

  function end(error: ClientError): void {
    if (isOver) return;
    close();
    events.ended(error);
  }

  socket.on('connect', () => {
    connectedAt = performance.now();
    events.connected();
  });
  socket.on('disconnect', (reason) => {
    if (isOver) return;
    events.lost(reason);
    if (!socket.active) retry();
  });
  socket.on('connect_error', (error: Error & { data?: { code?: unknown; message?: string } }) => {
    if (isOver) return;
    // An active socket was not refused: its transport failed, and is tried again by the client itself.
    const code = (socket.active ? undefined : error.data?.code) ?? 'unavailable';
    const failure = new ClientError({ code: code as ErrorCode, message: error.message });
    if (isFinal(code)) return end(failure);
    events.failed?.(failure);
    if (!socket.active) retry();
  });

  return {
    socket: socket as Socket<Listen, Emit>,
    get transport() {
      const { engine } = socket.io;
      const isOpen = engine?.readyState === 'open' || engine?.readyState === 'opening';
      return isOpen ? (engine.transport?.name as Transport | undefined) : undefined;
    },
    end,
    close,
    renew: () => socket.io.engine?.close(),
  };
}

/** @param random from 0 to below 1 */
export function retryDelay(failures: number, random: number): number {
  const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures, 10));
  return Math.round(wait * (0.5 + random));
}
