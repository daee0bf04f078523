import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { Server, type ServerOptions } from 'socket.io';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import { StateDecoder } from './decoder.ts';
import { BatchEncoder } from './encoder.ts';
import { type Pinged, readBeforePingTimeout } from './ping-timeout.ts';
import type { AdminNamespace, PlayerNamespace } from './sockets.ts';
import { Strangers } from './strangers.ts';
import type { WorkQueue } from './work-queue.ts';

export interface IoSettings {
  nodeId: string;
  maxMessageBytes: number;
  maxStateBytes: number;
  corsOrigins: readonly string[] | '*';
}

/** What engine.io hands over as a request on µWS. */
interface OnUws {
  res: { onAborted?(handler: () => void): void; cork(write: () => void): void };
}

interface ConnectionError {
  code: number;
  message: string;
  req: { connection?: { remoteAddress?: string } };
}

/** Engine.IO's code for clients of Socket.IO 2. */
const UNSUPPORTED_PROTOCOL = 5;
/** Addresses of such clients, of which one line each is logged. */
const MAX_TOLD = 1000;

/** Connections that have not signed in are bounded in number and in time: they cost memory and prove nothing. */
const MAX_UNAUTHENTICATED = 10_000;
const SIGN_IN_TIMEOUT_MS = 10_000;

/**
 * The Socket.IO server and its doors. What is temporary (draining, too many at once) is refused here, at the
 * transport, which players retry by themselves (SPEC P9).
 */
export class Io {
  readonly server: Server;
  readonly players: PlayerNamespace;
  readonly admins: AdminNamespace;
  readonly strangers: Strangers;
  readonly #connections = new Set<Connection>();
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #settings: IoSettings;
  readonly #queue: WorkQueue;
  readonly #closed: (reason: string) => void;
  readonly #toldOfOld = new Set<string>();
  #draining = false;

  constructor(deps: {
    settings: IoSettings;
    clock: Clock;
    log: Logger;
    metrics: Metrics;
    queue: WorkQueue;
    closed: (reason: string) => void;
    /** Brings what is broadcast to all instances. Whatever is only for this one's sockets goes by `local`. */
    adapter?: ServerOptions['adapter'] | undefined;
  }) {
    this.#log = deps.log;
    this.#metrics = deps.metrics;
    this.#settings = deps.settings;
    this.#closed = deps.closed;
    this.#queue = deps.queue;
    const { maxMessageBytes, corsOrigins } = deps.settings;
    this.strangers = new Strangers(deps.settings, deps.clock);
    this.server = new Server({
      parser: { Encoder: BatchEncoder, Decoder: StateDecoder },
      maxHttpBufferSize: maxMessageBytes,
      connectTimeout: SIGN_IN_TIMEOUT_MS,
      // engine.io compresses a poll's answer aside, and on µWS ends the process where the poll is broken off meanwhile.
      httpCompression: false,
      allowRequest: (req, callback) => this.#admit(req, callback),
      ...(deps.adapter && { adapter: deps.adapter }),
      ...(corsOrigins.length > 0 ? { cors: { origin: corsOrigins === '*' ? '*' : [...corsOrigins] } } : {}),
    });
    this.players = this.server.of('/') as unknown as PlayerNamespace;
    this.admins = this.server.of('/admin') as unknown as AdminNamespace;
  }

  /** To be called once the server is attached to its transport. */
  open(): void {
    const { engine } = this.server;
    // A load balancer finds the instance of a long-polling session by this prefix.
    engine.generateId = () => `${this.#settings.nodeId}.${randomUUID()}`;
    engine.on('connection', (connection: Connection) => {
      this.#connections.add(connection);
      this.strangers.add(connection);
      readBeforePingTimeout(connection as unknown as Pinged);
      connection.once('close', (_reason, why) => {
        this.#connections.delete(connection);
        this.strangers.gone(connection);
        if (why instanceof Error && /payload/i.test(why.message)) this.#closed('message_too_large');
      });
    });
    engine.on('connection_error', ({ code, message, req }: ConnectionError) => {
      this.#log.debug({ code, message }, 'transport refused');
      if (code === UNSUPPORTED_PROTOCOL) this.#tooOld(req.connection?.remoteAddress ?? '');
    });
  }

  /** It will never get in, however often it tries. */
  #tooOld(address: string): void {
    this.#metrics.refused('player', 'invalid_payload');
    if (this.#toldOfOld.has(address) || this.#toldOfOld.size >= MAX_TOLD) return;
    this.#toldOfOld.add(address);
    this.#log.warn({ address }, 'refused: a client of Socket.IO version 2 (EIO=3); version 3 or later is needed');
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** To be called once the handshake has been read. */
  signedIn(connection: Connection): void {
    this.strangers.signedIn(connection);
    // The first HTTP request would be kept as long as the session.
    connection.request = null;
  }

  /** Refuses what comes, then closes the transports one after the other over the given time. */
  async drain(overMs: number): Promise<void> {
    this.#draining = true;
    const connections = [...this.#connections];
    const perStep = Math.max(1, Math.ceil(connections.length / Math.max(1, overMs / DRAIN_STEP_MS)));
    for (let i = 0; i < connections.length; i += perStep) {
      for (const connection of connections.slice(i, i + perStep)) connection.close();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    // Who was not reached by a polite close (an open poll that never comes) is cut.
    for (const connection of this.#connections) connection.close(true);
  }

  /**
   * Through the work queue: a connection costs as much as a message, and a thundering herd may come. (Of WebSockets that are upgraded in a
   * later turn µWS takes one in thousands, in a young process, for the request that it was, and closes it: clients try again.)
   */
  #admit(req: IncomingMessage, callback: (error: string | undefined, success: boolean) => void): void {
    const { res } = req as Partial<OnUws>;
    let isGone = false;
    // Node's own response looks by itself whether its client is gone; µWS's must not be touched then.
    res?.onAborted?.(() => {
      isGone = true;
    });
    void this.#queue.run(() => {
      if (isGone) return;
      const code = this.#refusal;
      if (code === undefined) return callback(undefined, true);
      this.#metrics.refused('player', code);
      // It is written at once, and µWS wants that corked where it is not within its own call any more.
      if (res?.onAborted) res.cork(() => callback(code, false));
      else callback(code, false);
    });
  }

  get #refusal(): ErrorCode | undefined {
    if (this.#draining) return 'draining';
    return this.strangers.size >= MAX_UNAUTHENTICATED ? 'rate_limited' : undefined;
  }
}

const DRAIN_STEP_MS = 20;
