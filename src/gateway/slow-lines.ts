import type { Socket } from 'socket.io';
import type { Clock } from '../ports/clock.ts';
import { VigiaError } from '../protocol/errors.ts';
import { PingBarrier } from './ping-barrier.ts';
import type { AdminSocket } from './sockets.ts';

/** A smaller message gets through any line before a ping behind it is given up. */
const LARGE = 512 * 1024;
/** After that it may be another line, or another one behind the same address. */
const REMEMBERED_MS = 600_000;
const MAX_LINES = 1000;

interface Connection {
  server: { opts: { pingTimeout: number } };
}

/**
 * Where all documents in one message were too much for a line: no ping gets past it, the connection is given up, and the
 * client comes back and asks for the same again (SPEC S8). So the second time it is told how to ask.
 */
export class SlowLines {
  readonly #clock: Clock;
  readonly #lostAt = new Map<string, number>();
  /** One for each connection: each listens for as long as that lasts. */
  readonly #barriers = new WeakMap<object, PingBarrier>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An answer of so many characters is about to go out on this line. @throws VigiaError `payload_too_large` */
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
    // Behind the answer, which goes out in this turn.
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
