import type { Clock } from '../ports/clock.ts';
import { repeat } from '../ports/repeat.ts';

/** The part of an Engine.IO connection used here. Its types declare most of it private. */
export interface Beating {
  pingIntervalTimer: NodeJS.Timeout | null;
  readonly readyState: string;
  readonly writeBuffer: readonly unknown[];
  readonly transport: { readonly writable: boolean; readonly socket?: unknown };
  sendPacket(type: 'ping'): void;
  write(packet: string): unknown;
  onClose(reason: 'ping timeout'): void;
  emit(event: 'packetCreate', packet: { type: 'ping' }): unknown;
  on(event: 'packet', listener: (packet: { type: string }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** A WebSocket of µWS. What is written inside of a cork is sent in one packet. */
interface CorkedSocket {
  cork(write: () => void): void;
  send(frame: string): unknown;
}

interface Beat {
  pingedAt: number;
  /** Since the ping: whether anything arrived, and whether its pong did. */
  isAlive: boolean;
  isAnswered: boolean;
  /** Its pings travel with requests. */
  isPolled: boolean;
}

/** As Engine.IO announces to clients, which give up after 25 + 20 s without a ping. */
const PING_AFTER_MS = 25_000;
const TIMEOUT_MS = 20_000;
/** Later than the next poll of most devices. */
const PING_POLLED_AFTER_MS = 31_000;
/** A ping of at least this age is renewed together with the next request. */
const RENEW_AFTER_MS = 20_000;
const SWEEP_MS = 2000;

/** Engine.IO's packet types on the wire. */
const PING = '2';
const MESSAGE = '4';

/**
 * Pings all connections, and closes those that do not answer. Replaces the timers of Engine.IO, two per connection, for
 * the sake of large fleets: a ping to a device that is polled travels with the request, and so costs neither a packet
 * nor a system call of its own.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #beats = new Map<Beating, Beat>();
  #sweptAt = 0;
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(connection: Beating): void {
    clearTimeout(connection.pingIntervalTimer ?? undefined);
    connection.pingIntervalTimer = null;
    const beat = { pingedAt: this.#clock.now(), isAlive: true, isAnswered: true, isPolled: false };
    this.#beats.set(connection, beat);
    connection.on('packet', ({ type }) => {
      beat.isAlive = true;
      if (type === 'pong') beat.isAnswered = true;
    });
    connection.on('close', () => this.#gone(connection));
    if (this.#stop) return;
    this.#sweptAt = beat.pingedAt;
    this.#stop = repeat(this.#clock, SWEEP_MS, () => this.#sweep());
  }

  /** Sends a Socket.IO packet, with a ping if the last one is old enough. */
  request(connection: Beating, packet: string): void {
    const beat = this.#beats.get(connection);
    if (!beat) return;
    beat.isPolled = true;
    const isDue = beat.isAnswered && this.#clock.now() - beat.pingedAt >= RENEW_AFTER_MS;
    const socket = idleSocketOf(connection);
    if (isDue) this.#pinged(beat);
    if (!socket) {
      if (isDue) connection.sendPacket('ping');
      connection.write(packet);
      return;
    }
    // Past Engine.IO and its buffers, because every device gets one of these in each interval.
    socket.cork(() => {
      if (isDue) {
        connection.emit('packetCreate', { type: 'ping' });
        socket.send(PING);
      }
      socket.send(MESSAGE + packet);
    });
  }

  #gone(connection: Beating): void {
    this.#beats.delete(connection);
    if (this.#beats.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #pinged(beat: Beat): void {
    beat.pingedAt = this.#clock.now();
    beat.isAlive = false;
    beat.isAnswered = false;
  }

  #sweep(): void {
    const now = this.#clock.now();
    const faults: unknown[] = [];
    for (const [connection, beat] of this.#beats) {
      try {
        this.#check(connection, beat, now);
      } catch (error) {
        // A listener's error must not keep the other connections waiting.
        faults.push(error);
      }
    }
    this.#sweptAt = now;
    if (faults.length > 0) throw faults[0];
  }

  #check(connection: Beating, beat: Beat, now: number): void {
    if (beat.isAnswered) {
      if (now - beat.pingedAt < (beat.isPolled ? PING_POLLED_AFTER_MS : PING_AFTER_MS)) return;
      this.#pinged(beat);
      connection.sendPacket('ping');
      return;
    }
    // Closed only if it was overdue at the previous sweep, too: after a stall of the process, the answer may still wait to be
    // read. A pong may wait behind a large message, so any packet extends the time once, as in Engine.IO.
    if (this.#sweptAt - beat.pingedAt >= TIMEOUT_MS * (beat.isAlive ? 2 : 1)) connection.onClose('ping timeout');
  }
}

/** The connection's WebSocket, if it is one of µWS and nothing waits to be written. */
function idleSocketOf({ readyState, transport, writeBuffer }: Beating): CorkedSocket | undefined {
  if (readyState !== 'open' || !transport.writable || writeBuffer.length > 0) return undefined;
  const socket = transport.socket as Partial<CorkedSocket> | undefined;
  return typeof socket?.cork === 'function' ? (socket as CorkedSocket) : undefined;
}
