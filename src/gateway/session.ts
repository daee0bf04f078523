import { randomUUID } from 'node:crypto';
import { interfaces } from '../../machines/reading.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import { errors } from '../protocol/errors.ts';
import type { PlayerCommand } from '../protocol/events.ts';
import type { Profile } from '../protocol/player.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { Beating, Heartbeats } from './heartbeats.ts';
import { PingBarrier } from './ping-barrier.ts';
import type { PlayerSocket } from './sockets.ts';

/** Socket.IO's packet for `player:request:state`. */
const STATE_REQUEST = '2["player:request:state"]';

/** The socket of a session. */
export interface SessionOwner {
  readonly socket: PlayerSocket;
  readonly deps: {
    heartbeats: Pick<Heartbeats, 'request'>;
    metrics: Pick<Metrics, 'transportClosed'>;
    pictures: Pick<PlayerPictures, 'refresh'>;
  };
  readonly deviceId: string | undefined;
  /** Calls back once all earlier messages of the socket are processed. */
  after(then: () => void): void;
  /** The server closes the socket for this reason. */
  closing(reason: string): void;
  /** A newer session of another machine has ended (SPEC P8). */
  resume(): void;
}

/**
 * A session of a socket. It is a class because there is one per device: closures would take several times the memory.
 */
export class SocketSession implements PlayerSession {
  readonly id = randomUUID();
  readonly address: string;
  readonly macs: readonly string[];
  readonly #owner: SessionOwner;
  #ownBarrier: PingBarrier | undefined;

  constructor(owner: SessionOwner, { deviceNetwork }: Profile) {
    this.#owner = owner;
    this.address = owner.socket.handshake.address;
    this.macs = deviceNetwork ? interfaces(deviceNetwork).macs : [];
  }

  askState(): void {
    const { deps, socket } = this.#owner;
    deps.heartbeats.request(socket.conn as unknown as Beating, STATE_REQUEST);
  }

  askSnapshot(): void {
    this.#owner.socket.emit('player:request:snapshot');
  }

  fetchSnapshot(): Promise<Snapshot> | undefined {
    return this.#owner.deps.pictures.refresh(this.#owner.deviceId as string);
  }

  sendCommand(command: PlayerCommand, arrived: () => void): void {
    this.#owner.socket.emit('player:command', command);
    this.#barrier.after(() => this.#owner.after(arrived));
  }

  probe(answered: () => void): void {
    this.#barrier.round(answered);
  }

  resume(): void {
    this.#owner.resume();
  }

  end(code: 'session_replaced' | 'revoked'): void {
    const { socket } = this.#owner;
    this.#owner.closing(code);
    socket.emit('player:error', { code, message: errors[code].meaning, event: 'player:register' });
    // The message must precede the disconnect packet.
    socket.disconnect();
  }

  drop(reason: string): void {
    this.#owner.closing(reason);
    this.#owner.deps.metrics.transportClosed(reason);
    this.#owner.socket.conn.close();
  }

  get #barrier(): PingBarrier {
    this.#ownBarrier ??= new PingBarrier(this.#owner.socket.conn);
    return this.#ownBarrier;
  }
}
