import type { Displaced, Session } from '../../machines/rivals.ts';
import { addressBlock } from '../ports/address.ts';
import type { Connection } from '../protocol/document.ts';
import { withConflict } from './document.ts';
import type { PlayerSession } from './player-session.ts';

/** The facts of a session that other instances need. */
export interface SessionFacts extends Displaced {
  hostName: string | null;
}

/** The device's sessions at its previous instance. */
export interface Predecessor {
  /** In the order of registration. */
  sessions: readonly { session: PlayerSession; facts: SessionFacts }[];
  /** The device's current session. */
  own: string | null;
}

interface Entry {
  session: PlayerSession;
  hostName: string | null;
}

const NONE: readonly string[] = [];

/** The sessions of one device: its own, and those of machines that a newer one displaced (SPEC P8). */
export class Sessions {
  /** In the order of registration. Nearly always one. */
  #all: readonly Entry[] = [];
  #own: PlayerSession | undefined;
  /** The device's current session at its previous instance. */
  #former: string | null;
  /** The displaced sessions, while they are in conflict. */
  #rivals: readonly string[] = NONE;

  constructor({ sessions, own }: Predecessor = { sessions: [], own: null }) {
    this.#all = sessions.map(({ session, facts }) => ({ session, hostName: facts.hostName }));
    this.#former = own;
    const others = sessions.filter(({ session }) => session.id !== own);
    if (others.some(({ facts }) => facts.isAlive)) this.#rivals = others.map(({ session }) => session.id);
  }

  get own(): PlayerSession | undefined {
    return this.#own;
  }

  get isContested(): boolean {
    return this.#rivals.length > 0;
  }

  get(id: string): PlayerSession | undefined {
    return this.#entry(id)?.session;
  }

  /** The device's current session at its previous instance, or the newest one. */
  get last(): PlayerSession | undefined {
    return this.get(this.#former ?? '') ?? this.#all.at(-1)?.session;
  }

  /** A session registers. It becomes the device's own once the machine decides so. */
  add(session: PlayerSession, hostName: string | null): void {
    const known = this.#entry(session.id);
    this.#all = [...this.#all.filter((it) => it !== known), { session, hostName: known?.hostName ?? hostName }];
  }

  delete(id: string): PlayerSession | undefined {
    const session = this.get(id);
    if (session) this.#all = this.#all.filter((it) => it.session !== session);
    return session;
  }

  #entry(id: string): Entry | undefined {
    return this.#all.find(({ session }) => session.id === id);
  }

  begin(session: PlayerSession): void {
    this.#own = session;
    this.#former = null;
  }

  end(): void {
    this.#own = undefined;
  }

  /** The host name comes from the device's own states. */
  describe(hostName: string | null): void {
    const entry = this.#own && this.#entry(this.#own.id);
    if (entry && hostName !== null) entry.hostName = hostName;
  }

  /** Empty: there is no conflict. */
  contest(rivals: readonly string[]): void {
    this.#rivals = rivals;
  }

  /**
   * Whether messages of a socket that never registered must be ignored: it belongs to a displaced machine, or has no
   * device token and comes from another address than the device (SPEC P4).
   */
  isStranger(address: string, hasOwnToken: boolean): boolean {
    if (!this.#own || addressBlock(this.#own.address) === addressBlock(address)) return false;
    return !hasOwnToken || this.#all.some(({ session }) => session.address === address);
  }

  /** The initial sessions of the device's actor. It learns of the current session when that registers. */
  get known(): { session?: Session; displaced: Displaced[] } {
    const facts = this.facts.filter(({ id }) => id !== this.#own?.id);
    const former = facts.find(({ id }) => id === this.#former);
    return { ...(former && { session: former }), displaced: facts.filter((it) => it !== former) };
  }

  /** All sessions, in the order of registration. */
  get facts(): SessionFacts[] {
    return this.#all.map(({ session: { id, address, macs }, hostName }) => {
      return { id, address, macs, hostName, isAlive: this.#rivals.includes(id) };
    });
  }

  /** The connection with the current conflict. The same object if nothing changed. */
  shownIn(connection: Connection, at: number): Connection {
    const { conflict } = connection;
    if (!this.isContested) return conflict ? withConflict(connection, [], at) : connection;
    // The displaced session is being recalled.
    if (!this.#own) return connection;
    const places = [this.#own.id, ...this.#rivals].flatMap((id) => this.#placeOf(id) ?? []);
    const isShown = conflict?.places.length === places.length && places.every((it, i) => it === conflict.places[i]);
    return isShown ? connection : withConflict(connection, places, at);
  }

  #placeOf(id: string): string | undefined {
    const entry = this.#entry(id);
    return entry && [entry.session.address, ...entry.session.macs, entry.hostName].filter(Boolean).join(' ');
  }
}
