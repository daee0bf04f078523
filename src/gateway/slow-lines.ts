import type { Socket } from 'socket.io';
import type { Clock } from '../ports/clock.ts';
import { VigiaError } from '../protocol/errors.ts';
import { PingBarrier } from './ping-barrier.ts';
import type { AdminSocket } from './sockets.ts';

/** Smaller messages pass any connection before a ping behind them times out. */
const LARGE = 512 * 1024;
/** After this time the address may have another connection or another client. */
const REMEMBERED_MS = 600_000;
const MAX_LINES = 1000;

interface Connection {
  server: { opts: { pingTimeout: number } };
}

/**
 * Remembers connections that were too slow for all documents in one message: the ping timed out behind it, and the
 * client would reconnect and repeat the same request (SPEC S8). The second time, the error says how to ask.
 */
export class SlowLines {
  readonly #clock: Clock;
  readonly #lostAt = new Map<string, number>();
  /** One per connection, because each listens until the connection ends. */
  readonly #barriers = new WeakMap<object, PingBarrier>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Call before an answer of `size` characters is sent.
   * @throws VigiaError `payload_too_large`
   */
  answering(socket: AdminSocket, line: string, size: number): void {
    if (size < LARGE) return;
    const lostAt = this.#lostAt.get(line);
    if (lostAt !== undefined && this.#clock.now() - lostAt < REMEMBERED_MS) {
      throw new VigiaError(
        'payload_too_large',
        "All documents in one message were too much for this line: subscribe with parts: true, and best with encoding: 'deflate'.",
      );
    }
    const { pingTimeout } = (socket.conn as unknown as Connection).server.opts;
    const sentAt = this.#clock.now();
    const lost = () => {
      if (this.#clock.now() - sentAt >= pingTimeout) this.#remember(line);
    };
    socket.once('disconnect', lost);
    // The answer is sent in this turn of the event loop, and the ping must follow it.
    setImmediate(() => this.#barrierOf(socket.conn).round(() => socket.off('disconnect', lost)));
  }

  #barrierOf(connection: Socket['conn']): PingBarrier {
    const barrier = this.#barriers.get(connection) ?? new PingBarrier(connection);
    this.#barriers.set(connection, barrier);
    return barrier;
  }

  #remember(line: string): void {
    this.#lostAt.delete(line);
    this.#lostAt.set(line, this.#clock.now());
    if (this.#lostAt.size > MAX_LINES) this.#lostAt.delete(this.#lostAt.keys().next().value as string);
  }
}
