import type { Displaced, Session } from '../../machines/rivals.ts';
import { addressBlock } from '../ports/address.ts';
import type { Connection } from '../protocol/document.ts';
import { withConflict } from './document.ts';
import type { PlayerSession } from './player-session.ts';

/** What other instances know of a session. */
export interface SessionFacts extends Displaced {
  hostName: string | null;
}

/** The sessions that a device had in other hands. */
export interface Predecessor {
  /** In the order in which they registered. */
  sessions: readonly { session: PlayerSession; facts: SessionFacts }[];
  /** The one that was the device. */
  own: string | null;
}

interface Entry {
  session: PlayerSession;
  hostName: string | null;
}

const NONE: readonly string[] = [];

/** The sessions of one device: its own, and those of other machines that a newer one displaced (SPEC P8). */
export class Sessions {
  readonly #all = new Map<string, Entry>();
  #own: PlayerSession | undefined;
  /** The one that was the device in other hands. */
  #former: string | null;
  /** The displaced ones, while they make a conflict. */
  #rivals: readonly string[] = NONE;

  constructor({ sessions, own }: Predecessor = { sessions: [], own: null }) {
    for (const { session, facts } of sessions) this.#all.set(session.id, { session, hostName: facts.hostName });
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
    return this.#all.get(id)?.session;
  }

  /** One registers; it becomes the device's own as soon as the machine says so. */
  add(session: PlayerSession, hostName: string | null): void {
    const known = this.#all.get(session.id);
    this.#all.delete(session.id);
    this.#all.set(session.id, { session, hostName: known?.hostName ?? hostName });
  }

  delete(id: string): PlayerSession | undefined {
    const session = this.get(id);
    this.#all.delete(id);
    return session;
  }

  begin(session: PlayerSession): void {
    this.#own = session;
    this.#former = null;
  }

  end(): void {
    this.#own = undefined;
  }

  /** The device's own states tell its host name. */
  describe(hostName: string | null): void {
    const entry = this.#own && this.#all.get(this.#own.id);
    if (entry && hostName !== null) entry.hostName = hostName;
  }

  /** None: there is no conflict. */
  contest(rivals: readonly string[]): void {
    this.#rivals = rivals;
  }

  /**
   * Does what a socket that never registers says not count? So it is if it comes from a displaced machine, or without the
   * device's own token from elsewhere than the device (SPEC P4).
   */
  isStranger(address: string, hasOwnToken: boolean): boolean {
    if (!this.#own || addressBlock(this.#own.address) === addressBlock(address)) return false;
    return !hasOwnToken || [...this.#all.values()].some(({ session }) => session.address === address);
  }

  /** What a device's actor begins with: it learns of its own session when that registers. */
  get known(): { session?: Session; displaced: Displaced[] } {
    const facts = this.facts.filter(({ id }) => id !== this.#own?.id);
    const former = facts.find(({ id }) => id === this.#former);
    return { ...(former && { session: former }), displaced: facts.filter((it) => it !== former) };
  }

  /** Of all sessions, in the order in which they registered. */
  get facts(): SessionFacts[] {
    return [...this.#all.values()].map(({ session: { id, address, macs }, hostName }) => {
      return { id, address, macs, hostName, isAlive: this.#rivals.includes(id) };
    });
  }

  /** The connection with the conflict as it is; the same one where nothing has changed. */
  shownIn(connection: Connection, at: number): Connection {
    const { conflict } = connection;
    if (!this.isContested) return conflict ? withConflict(connection, [], at) : connection;
    // The displaced one is just being recalled.
    if (!this.#own) return connection;
    const places = [this.#own.id, ...this.#rivals].flatMap((id) => this.#placeOf(id) ?? []);
    const isShown = conflict?.places.length === places.length && places.every((it, i) => it === conflict.places[i]);
    return isShown ? connection : withConflict(connection, places, at);
  }

  #placeOf(id: string): string | undefined {
    const entry = this.#all.get(id);
    return entry && [entry.session.address, ...entry.session.macs, entry.hostName].filter(Boolean).join(' ');
  }
}
