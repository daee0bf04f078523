import { io, type Socket } from 'socket.io-client';
import type { ErrorCode } from '../protocol/errors.ts';
import { PROTOCOL } from '../protocol/version.ts';
import { type Address, diagnose, parseUrl } from './diagnosis.ts';
import { ClientError, isFinal } from './errors.ts';

export const RETRY_MIN_MS = 1000;
export const RETRY_MAX_MS = 5000;
/** After a connection of this duration, the next retry starts with the shortest delay again. */
const STEADY_MS = 10_000;
/** Finding out why attempts fail takes requests, so it is not done for each of them. */
const DIAGNOSE_EVERY_MS = 30_000;
/** While the server refuses this client, its attempts are rare. */
export const REST_MIN_MS = 30_000;
export const REST_MAX_MS = 600_000;
/** After a connection of this duration, the next rest is the shortest one again: two players may replace one another. */
const WELCOME_MS = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: socket.io's own constraint, which it does not export
type EventsMap = { [event: string]: any };

/** The transport of messages. Every connection starts with long-polling, and keeps it if WebSockets are blocked. */
export type Transport = 'polling' | 'websocket';

/** What signs in; a function is called for each connection. */
export type Auth = Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>);
/** New tokens of a function that are refused one after the other. */
const MAX_REFUSED = 3;

export interface LinkEvents {
  connected(): void;
  /** Temporary: the link reconnects. */
  lost(reason: string): void;
  /** A sign-in or connection attempt failed and will be retried. */
  failed(error: ClientError): void;
  /** Final: the link does not reconnect (P9). */
  ended(error: ClientError): void;
}

export interface Link<Listen extends EventsMap, Emit extends EventsMap> {
  readonly socket: Socket<Listen, Emit>;
  /** The transport in use, or the one being tried; undefined between two attempts. */
  readonly transport: Transport | undefined;
  /** Begins to connect. */
  open(): void;
  /** Ends the link and reports this error; rests if it is to keep trying. */
  end(error: ClientError): void;
  /** Reports this error, and reconnects after a long pause. */
  rest(error: ClientError): void;
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
  auth: Auth,
  events: LinkEvents,
  /** Also after final errors, except for a URL that cannot be used. */
  triesOn = false,
): Link<Listen, Emit> {
  let isOver = false;
  let failures = 0;
  let rests = 0;
  let refusals = 0;
  let connectedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  let diagnosis: ClientError | undefined;
  let diagnosedAt = Number.NEGATIVE_INFINITY;

  const address = addressOf(url);
  // The URL may contain a path of a proxy, which socket.io-client would take for a namespace.
  const { origin, path } = address instanceof ClientError ? { origin: 'http://localhost', path: '' } : address;
  const socket: Socket = io(origin + namespace, {
    path: `${path}/socket.io/`,
    auth: typeof auth === 'function' ? authenticate : { ...auth, protocol: PROTOCOL },
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
  });

  async function authenticate(send: (data: object) => void): Promise<void> {
    try {
      send({ ...(await (auth as () => Promise<object>)()), protocol: PROTOCOL });
    } catch (error) {
      if (isOver) return;
      events.failed(error as ClientError);
      // Tried again like any attempt that fails.
      socket.io.engine?.close();
    }
  }

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
    if (triesOn && error.code !== 'bad_url') {
      rest(error);
      return;
    }
    close();
    events.ended(error);
  }

  function rest(error: ClientError): void {
    if (socket.connected && performance.now() - connectedAt > WELCOME_MS) rests = 0;
    // May arm a retry.
    socket.disconnect();
    clearTimeout(timer);
    timer = setTimeout(() => socket.connect(), restDelay(rests++, Math.random()));
    events.failed(error);
  }

  /** Reports why the attempt failed. */
  async function explain(cause: Error): Promise<void> {
    const attempt = performance.now();
    if (attempt - diagnosedAt > DIAGNOSE_EVERY_MS) {
      diagnosedAt = attempt;
      const found = await diagnose({ origin, path }, cause);
      if (isOver || socket.connected || connectedAt > attempt) return;
      diagnosis = found;
    }
    // Another attempt is being explained.
    if (!diagnosis) return;
    if (isFinal(diagnosis.code)) end(diagnosis);
    else events.failed(diagnosis);
  }

  socket.on('connect', () => {
    connectedAt = performance.now();
    refusals = 0;
    diagnosis = undefined;
    diagnosedAt = Number.NEGATIVE_INFINITY;
    events.connected();
  });
  socket.on('disconnect', (reason) => {
    if (isOver) return;
    events.lost(reason);
    if (!socket.active) retry();
  });
  socket.on('connect_error', (error: Error & { data?: { code?: unknown; message?: string } }) => {
    if (isOver) return;
    // The transport failed, and socket.io-client retries.
    if (socket.active) {
      return void explain(error).catch((fault) => {
        const message = `The server cannot be reached: ${error.message}.`;
        events.failed(new ClientError({ code: 'unavailable', message, cause: fault }));
      });
    }
    // The server refused the sign-in.
    const failure = refusal(error, origin + path);
    // The token may have expired on its way.
    const mayBeRenewed = typeof auth === 'function' && failure.code === 'unauthorized' && ++refusals < MAX_REFUSED;
    if (isFinal(failure.code) && !mayBeRenewed) return end(failure);
    events.failed(failure);
    retry();
  });

  return {
    socket: socket as Socket<Listen, Emit>,
    get transport() {
      const { engine } = socket.io;
      const isOpen = engine?.readyState === 'open' || engine?.readyState === 'opening';
      return isOpen ? (engine.transport?.name as Transport | undefined) : undefined;
    },
    open() {
      if (address instanceof ClientError) queueMicrotask(() => end(address));
      else socket.connect();
    },
    end,
    rest,
    close,
    renew: () => socket.io.engine?.close(),
  };
}

function addressOf(url: string): Address | ClientError {
  try {
    return parseUrl(url);
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

/** The reason for which the server refused the namespace. Another Socket.IO server does not know it. */
function refusal(error: Error & { data?: { code?: unknown } }, base: string): ClientError {
  const { message } = error;
  if (message === 'Invalid namespace') {
    return new ClientError({
      code: 'not_vigia',
      message: `A Socket.IO server answers at ${base}, but it is not vigia.`,
      remedy: 'Correct host and port.',
      cause: error,
    });
  }
  const code = (error.data?.code ?? 'unavailable') as ErrorCode;
  return new ClientError({ code, message, cause: error, remedy: code === 'unauthorized' ? NEW_TOKEN : undefined });
}

const NEW_TOKEN = 'Check the token: it must be of this server, for this use, not expired and not removed.';

/** @param random in [0, 1) */
export const retryDelay = (failures: number, random: number): number =>
  delayOf(failures, random, RETRY_MIN_MS, RETRY_MAX_MS);

export const restDelay = (rests: number, random: number): number => delayOf(rests, random, REST_MIN_MS, REST_MAX_MS);

function delayOf(attempts: number, random: number, min: number, max: number): number {
  const wait = Math.min(max, min * 2 ** Math.min(attempts, 10));
  return Math.round(wait * (0.5 + random));
}
