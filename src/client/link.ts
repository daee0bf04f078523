import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ErrorCode } from '../protocol/errors.ts';
import { ClientError, isFinal } from './errors.ts';

export const RETRY_MIN_MS = 1000;
export const RETRY_MAX_MS = 5000;
/** After a connection of this duration, the next retry starts with the shortest delay again. */
const STEADY_MS = 10_000;

/** The transport of messages. Every connection starts with long-polling, and keeps it if WebSockets are blocked. */
// biome-ignore lint/suspicious/noExplicitAny: socket.io's own constraint, which it does not export
type EventsMap = { [event: string]: any };

export type Transport = 'polling' | 'websocket';

export interface LinkEvents {
  connected(): void;
  /** Temporary: the link reconnects. */
  lost(reason: string): void;
  /** A sign-in or connection attempt failed and will be retried. */
  failed?(error: ClientError): void;
  /** Final: the link does not reconnect (P9). */
  ended(error: ClientError): void;
}

export interface Link<Listen extends EventsMap, Emit extends EventsMap> {
  readonly socket: Socket<Listen, Emit>;
  /** The transport in use, or the one being tried; undefined between two attempts. */
  readonly transport: Transport | undefined;
  /** Ends the link and reports this error. */
  end(error: ClientError): void;
  close(): void;
  /** Closes the transport and reconnects. */
  renew(): void;
}

/**
 * A connection that reconnects. socket.io-client retries lost transports; this also retries after the server has closed
 * the namespace for a temporary reason, and stops at final errors (P9). Delays double up to 5 s, with jitter, without a
 * limit on attempts.
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

  // The URL may contain a path of a proxy, which socket.io-client would take for a namespace.
  const { origin, pathname } = new URL(url.includes('://') ? url : `http://${url}`);
  const socket: Socket = io(origin + namespace, {
    path: `${pathname.replace(/\/+$/, '')}/socket.io/`,
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: RETRY_MIN_MS,
    reconnectionDelayMax: RETRY_MAX_MS,
    randomizationFactor: 0.5,
    // Long-polling first: some proxies never answer a WebSocket request, or forward no data in it. Waiting for a
    // timeout each time would take longer than a few extra requests.
    transports: ['polling', 'websocket'],
    tryAllTransports: true,
    // Also detects a connection that closes while it opens.
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
    // If the socket is still active, its transport failed and socket.io-client retries; otherwise the server refused
    // it.
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

/** @param random in [0, 1) */
export function retryDelay(failures: number, random: number): number {
  const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures, 10));
  return Math.round(wait * (0.5 + random));
}
