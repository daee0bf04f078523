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
import { type Beating, Heartbeats } from './heartbeats.ts';
import { isTooLarge } from './reasons.ts';
import type { AdminNamespace, PlayerNamespace } from './sockets.ts';
import { Strangers } from './strangers.ts';
import type { WorkQueue } from './work-queue.ts';

export interface IoSettings {
  nodeId: string;
  maxMessageBytes: number;
  maxStateBytes: number;
  corsOrigins: readonly string[] | '*';
}

/** Engine.IO's request and response on µWS. */
interface OnUws {
  res: { onAborted?(handler: () => void): void; cork(write: () => void): void };
}

interface ConnectionError {
  code: number;
  message: string;
  req: { connection?: { remoteAddress?: string } };
}

/** Engine.IO's error code for Socket.IO 2 clients. */
const UNSUPPORTED_PROTOCOL = 5;
/** At most this many addresses of such clients are logged, once each. */
const MAX_LOGGED = 1000;

/** The server closes a connection. */
export type Closed = (reason: string, connection: Connection | undefined) => void;

/** Limits in number and time for unauthenticated connections: they cost memory and prove nothing. */
const MAX_UNAUTHENTICATED = 10_000;
const SIGN_IN_TIMEOUT_MS = 10_000;

/**
 * The Socket.IO server and its admission control. Temporary refusals (draining, too many connections) happen here, at
 * the transport, because players then retry (SPEC P9).
 */
export class Io {
  readonly server: Server;
  readonly players: PlayerNamespace;
  readonly admins: AdminNamespace;
  readonly strangers: Strangers;
  readonly heartbeats: Heartbeats;
  readonly #connections = new Set<Connection>();
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #settings: IoSettings;
  readonly #queue: WorkQueue;
  readonly #closed: Closed;
  readonly #loggedOld = new Set<string>();
  #draining = false;

  constructor(deps: {
    settings: IoSettings;
    clock: Clock;
    log: Logger;
    metrics: Metrics;
    queue: WorkQueue;
    closed: Closed;
    /** Delivers broadcasts to all instances. Use `local` for sockets of this instance only. */
    adapter?: ServerOptions['adapter'] | undefined;
  }) {
    this.#log = deps.log;
    this.#metrics = deps.metrics;
    this.#settings = deps.settings;
    this.#closed = deps.closed;
    this.#queue = deps.queue;
    const { maxMessageBytes, corsOrigins } = deps.settings;
    this.strangers = new Strangers(deps.settings, deps.clock);
    this.heartbeats = new Heartbeats(deps.clock);
    this.server = new Server({
      parser: { Encoder: BatchEncoder, Decoder: StateDecoder },
      maxHttpBufferSize: maxMessageBytes,
      connectTimeout: SIGN_IN_TIMEOUT_MS,
      // On µWS, Engine.IO's asynchronous compression of a poll's answer crashes the process if the poll is aborted
      // meanwhile.
      httpCompression: false,
      allowRequest: (req, callback) => this.#admit(req, callback),
      ...(deps.adapter && { adapter: deps.adapter }),
      ...(corsOrigins.length > 0 ? { cors: { origin: corsOrigins === '*' ? '*' : [...corsOrigins] } } : {}),
    });
    this.players = this.server.of('/') as unknown as PlayerNamespace;
    this.admins = this.server.of('/admin') as unknown as AdminNamespace;
  }

  /** Call once the server is attached to its transport. */
  open(): void {
    const { engine } = this.server;
    // The load balancer routes long-polling sessions by this prefix.
    engine.generateId = () => `${this.#settings.nodeId}.${randomUUID()}`;
    engine.on('connection', (connection: Connection) => {
      this.#connections.add(connection);
      this.strangers.add(connection);
      this.heartbeats.add(connection as unknown as Beating);
      connection.on('close', (_reason, why) => {
        this.#connections.delete(connection);
        this.strangers.gone(connection);
        if (isTooLarge(why)) this.#closed('message_too_large', connection);
      });
    });
    engine.on('connection_error', ({ code, message, req }: ConnectionError) => {
      this.#log.debug({ code, message }, 'transport refused');
      if (code === UNSUPPORTED_PROTOCOL) this.#tooOld(req.connection?.remoteAddress ?? '');
    });
  }

  /** This client can never connect, however often it tries. */
  #tooOld(address: string): void {
    this.#metrics.refused('player', 'invalid_payload');
    if (this.#loggedOld.has(address) || this.#loggedOld.size >= MAX_LOGGED) return;
    this.#loggedOld.add(address);
    this.#log.warn({ address }, 'refused: a client of Socket.IO version 2 (EIO=3); version 3 or later is needed');
  }

  connectionOf(sid: string | null): Connection | undefined {
    return [...this.#connections].find(({ id }) => id === sid);
  }

  connectionAt(transport: object): Connection | undefined {
    return [...this.#connections].find((it) => it.transport === transport);
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Call once the handshake is processed. */
  signedIn(connection: Connection, visitor: NonNullable<Connection['visitor']>): void {
    connection.visitor = visitor;
    this.strangers.signedIn(connection);
    // Otherwise the first HTTP request stays in memory for the whole session.
    connection.request = null;
  }

  /** Refuses new connections, then closes all transports one by one over the given time. */
  async drain(overMs: number): Promise<void> {
    this.#draining = true;
    const connections = [...this.#connections];
    const perStep = Math.max(1, Math.ceil(connections.length / Math.max(1, overMs / DRAIN_STEP_MS)));
    for (let i = 0; i < connections.length; i += perStep) {
      for (const connection of connections.slice(i, i + perStep)) connection.close();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    // Force-closes connections that a polite close did not end (an open poll that never arrives).
    for (const connection of this.#connections) connection.close(true);
  }

  /**
   * Goes through the work queue, because a connection costs as much as a message, and a thundering herd may arrive.
   */
  #admit(req: IncomingMessage, callback: (error: string | undefined, success: boolean) => void): void {
    const { res } = req as Partial<OnUws>;
    let isGone = false;
    // Node's response detects a lost client itself. µWS's response must not be touched after an abort.
    res?.onAborted?.(() => {
      isGone = true;
    });
    const refuse = (code: ErrorCode) => {
      this.#metrics.refused('player', code);
      // Outside its own callbacks, µWS wants writes corked.
      if (res?.onAborted) res.cork(() => callback(code, false));
      else callback(code, false);
    };
    // A WebSocket that waits for its turn is upgraded already. It can be closed, but not answered.
    const code = this.#refusal;
    if (code !== undefined) {
      refuse(code);
      return;
    }
    void this.#queue.run(() => {
      if (isGone) return;
      const code = this.#refusal;
      if (code === undefined) callback(undefined, true);
      else refuse(code);
    });
  }

  get #refusal(): ErrorCode | undefined {
    if (this.#draining) return 'draining';
    return this.strangers.size >= MAX_UNAUTHENTICATED ? 'rate_limited' : undefined;
  }
}

const DRAIN_STEP_MS = 20;
