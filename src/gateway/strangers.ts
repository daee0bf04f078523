import type { Clock } from '../ports/clock.ts';
import type { Connection, Transport } from './connection.ts';

/** Maximum message size before sign-in. The packet with the token must fit. */
export const STRANGER_MESSAGE_BYTES = 16_384;
/**
 * Total size of larger messages that unauthenticated WebSockets may send, per size class. One address may use half of
 * it.
 */
const BUDGET_BYTES = 32_000_000;
/** The time limit for sign-in (Socket.IO's `connectTimeout`). */
const MAX_AGE_MS = 10_000;

/** An unauthenticated WebSocket that may send larger messages than sign-in needs. */
export interface Reservation {
  readonly bytes: number;
  readonly address: string;
  readonly sid: string | undefined;
  readonly since: number;
  transport?: object;
  /** Ends the connection and its reservation. */
  cut?: () => void;
}

/**
 * Unauthenticated connections. They prove nothing, so their messages must be small. Polling and Node's WebSocket have a
 * limit per connection, which is raised at sign-in. µWS has a fixed limit per route: there, a WebSocket gets the
 * largest limit that fits the remaining budget. Normally that is the full size; when many unauthenticated clients
 * connect at once, those beyond the budget can only send small messages until they reconnect.
 */
export class Strangers {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #maxMessageBytes: number;
  /** The message limits of µWS's routes, largest first: any message, any state, sign-in only. */
  readonly sizes: readonly number[];
  readonly #connections = new Map<string, Connection>();
  readonly #upgrading = new WeakMap<Connection, Transport>();
  readonly #reservations = new Set<Reservation>();

  constructor(
    { maxMessageBytes, maxStateBytes }: { maxMessageBytes: number; maxStateBytes: number },
    clock: Pick<Clock, 'now'>,
  ) {
    this.#clock = clock;
    this.#maxMessageBytes = maxMessageBytes;
    const smaller = [maxStateBytes + STRANGER_MESSAGE_BYTES, STRANGER_MESSAGE_BYTES];
    this.sizes = [maxMessageBytes, ...smaller.filter((size) => size < maxMessageBytes)];
  }

  get size(): number {
    return this.#connections.size;
  }

  add(connection: Connection): void {
    this.#connections.set(connection.id, connection);
    setLimit(connection.transport, Math.min(this.#maxMessageBytes, STRANGER_MESSAGE_BYTES));
    connection.on('upgrading', (transport) => {
      if (this.#connections.has(connection.id)) this.#upgrading.set(connection, transport);
      else setLimit(transport, this.#maxMessageBytes);
    });
  }

  signedIn(connection: Connection): void {
    if (!this.#connections.delete(connection.id)) return;
    const { id, transport } = connection;
    for (const it of [transport, this.#upgrading.get(connection)]) if (it) setLimit(it, this.#maxMessageBytes);
    for (const it of this.#reservations) {
      if (it.sid === id || it.transport === transport) this.#reservations.delete(it);
    }
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection.id);
  }

  /**
   * Reserves a part of the budget for a WebSocket with messages of this size (one of `sizes`). 'free' if it needs no
   * budget; undefined if too little is left.
   * @param sid the session to be upgraded, if any
   */
  reserve(bytes: number, address: string, sid: string | undefined): Reservation | 'free' | undefined {
    const isKnown = sid !== undefined && !this.#connections.has(sid);
    if (isKnown || bytes === this.sizes.at(-1)) return 'free';
    const since = this.#clock.now();
    let [all, here] = [bytes, bytes];
    for (const it of this.#reservations) {
      if (since - it.since > MAX_AGE_MS) this.#end(it);
      else if (it.bytes === bytes) {
        all += bytes;
        if (it.address === address) here += bytes;
      }
    }
    if (all > BUDGET_BYTES || here > BUDGET_BYTES / 2) return undefined;
    const reservation = { bytes, address, sid, since };
    this.#reservations.add(reservation);
    return reservation;
  }

  release(reservation: Reservation): void {
    this.#reservations.delete(reservation);
  }

  closed(transport: object): void {
    for (const it of this.#reservations) if (it.transport === transport) this.#reservations.delete(it);
  }

  /** The WebSocket of this transport is open. */
  opened(transport: object, cut: () => void): void {
    for (const it of this.#reservations) if (it.transport === transport) it.cut = cut;
  }

  #end(reservation: Reservation): void {
    this.#reservations.delete(reservation);
    reservation.cut?.();
  }
}

function setLimit(transport: Transport, bytes: number): void {
  transport.maxHttpBufferSize = bytes;
  // `ws` has no public API for this.
  const receiver = transport.socket?._receiver;
  if (receiver) receiver._maxPayload = bytes;
}
