import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import { TokenBucket, TokenBuckets } from '../ports/rate.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Time } from '../protocol/document.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import { hash, newToken } from './tokens.ts';

/** A browser that is signed in to the console. */
export interface ConsoleSession {
  /** The hash of its secret. */
  id: string;
  /** The token that it was opened with, whose rights it has. */
  tokenId: string;
  createdAt: Time;
  /** The session ends then, however much it is used. */
  expiresAt: Time;
  address: string;
  userAgent: string;
  lastUsedAt?: Time;
}

export type NewConsoleSession = ConsoleSession & { secret: string };

interface Stored extends Omit<ConsoleSession, 'lastUsedAt'> {
  /** Ties the session to the ADMIN_TOKEN that it was opened with. */
  seal?: string;
}
type Use = Required<Pick<ConsoleSession, 'lastUsedAt'>>;

/** Whom sessions act for. */
export interface SessionOwners {
  /** Undefined if the token was removed or has expired. */
  identity(tokenId: string): Identity | undefined;
  /** See `AdminTokens.seal`. */
  seal(tokenId: string, secret: string): string | undefined;
}

interface Listeners {
  /** The session has ended: its sockets must be closed. */
  ended(id: string): void;
  /** Whether the session has open sockets here: then it is in use. */
  isOpen(id: string): boolean;
  /** Other instances open sessions, too. */
  isCluster: boolean;
}

const COLLECTION = 'sessions';
/** Stored apart, like the uses of tokens: recording a use must not restore a session that was ended. */
const USES = 'session-uses';
/** The longest time without a request, and the longest time at all. */
export const SESSION_IDLE_MS = 7 * 86_400_000;
export const SESSION_MAX_MS = 30 * 86_400_000;
/** Of users of the identity provider: what it has changed counts with the next sign-in. */
export const USER_SESSION_MAX_MS = 12 * 3_600_000;
/** Beyond these numbers, a new session ends the one that was unused for longest. */
const MAX_PER_TOKEN = 500;
const MAX_SESSIONS = 10_000;
/** New sessions with one token: each is written to the database. */
const PER_SECOND = 1;
const BURST = 100;
const MAX_REMOVED = 20_000;
const MAX_USER_AGENT = 256;
/** Sessions that are looked up in the database: anybody can ask for one that does not exist. */
const READS_PER_SECOND = 50;
const READS_BURST = 500;
/** Resolution of `lastUsedAt`, so that not every request causes a write. */
const USE_STEP_MS = 60_000;
const SWEEP_MS = 3_600_000;

/** The sessions of the console: who signs in there gets a cookie instead of keeping the token in the page. */
export class ConsoleSessions {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #owners: SessionOwners;
  readonly #on: Listeners;
  readonly #byId = new Map<string, Stored>();
  readonly #uses = new Map<string, Use>();
  /** In a cluster, the message that a session was created may arrive after the message that it was ended. */
  readonly #removed = new Set<string>();
  readonly #rate: TokenBuckets;
  readonly #reads: TokenBucket;
  #sweeping: unknown;

  static async load(store: StateStore, clock: Clock, owners: SessionOwners, on: Listeners): Promise<ConsoleSessions> {
    const sessions = new ConsoleSessions(store, clock, owners, on);
    for (const session of (await store.load<Stored>(COLLECTION)).values()) sessions.#remember(session);
    for (const [id, use] of await store.load<Use>(USES)) sessions.learnUse(id, use);
    sessions.#sweep();
    return sessions;
  }

  private constructor(store: StateStore, clock: Clock, owners: SessionOwners, on: Listeners) {
    this.#store = store;
    this.#clock = clock;
    this.#owners = owners;
    this.#on = on;
    this.#reads = new TokenBucket(clock, READS_PER_SECOND, READS_BURST);
    this.#rate = new TokenBuckets(clock, PER_SECOND, BURST, MAX_SESSIONS);
  }

  /** Undefined if the session is unknown, has ended, or its token is no longer valid. */
  verify(secret: string): Identity | undefined {
    const session = this.#byId.get(hash(secret));
    if (!session || this.#isOver(session)) return undefined;
    const identity = this.#owners.identity(session.tokenId);
    if (!identity || session.seal !== this.#owners.seal(session.tokenId, secret)) return undefined;
    this.#noteUse(session.id);
    return { ...identity, sessionId: session.id };
  }

  /**
   * In a cluster, the message that a session was opened may come later than its first request. Resolves with whether to
   * verify it again. Undefined if the result is final.
   * @throws VigiaError `unavailable`
   */
  settle(secret: string): Promise<boolean> | undefined {
    const id = hash(secret);
    if (!this.#on.isCluster || this.#byId.has(id) || this.#removed.has(id) || !this.#reads.take()) return undefined;
    return this.#read(id);
  }

  async #read(id: string): Promise<boolean> {
    const read = () => this.#store.find<Stored>(COLLECTION, id);
    const [record] = await orUnavailable(read, 'Sessions cannot be checked now.', () => {});
    if (record) this.learn(id, record);
    return record !== undefined;
  }

  /**
   * Resolves once the session is durable. The secret is returned only here.
   * @throws VigiaError `rate_limited`, `unavailable`
   */
  async open(
    { tokenId }: Identity,
    { address, userAgent, maxMs = SESSION_MAX_MS }: { address: string; userAgent: string; maxMs?: number },
  ): Promise<NewConsoleSession> {
    if (!this.#rate.of(tokenId).take()) {
      throw new VigiaError('rate_limited', 'Too many sessions were opened with this token; try again later.');
    }
    checkWritable(this.#store);
    this.#makeRoom(tokenId);
    const secret = newToken('vs_');
    const now = this.#clock.wall();
    const seal = this.#owners.seal(tokenId, secret);
    const session: Stored = {
      id: hash(secret),
      tokenId,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + maxMs).toISOString(),
      address,
      userAgent: userAgent.slice(0, MAX_USER_AGENT),
      ...(seal !== undefined && { seal }),
    };
    this.#remember(session);
    this.#store.put(COLLECTION, session.id, session);
    try {
      await this.#store.committed();
    } catch {
      this.#end(session.id);
      throw new VigiaError('unavailable', 'The session could not be stored.');
    }
    return { ...publicOf(session), secret };
  }

  /** Those of a token, or all; newest first. */
  list(tokenId?: string): (ConsoleSession & Pick<Identity, 'name' | 'role'>)[] {
    const found = [...this.#byId.values()].filter((it) => tokenId === undefined || it.tokenId === tokenId);
    return found
      .flatMap((it) => {
        const identity = this.#isOver(it) ? undefined : this.#owners.identity(it.tokenId);
        if (!identity) return [];
        const { name, role } = identity;
        return [{ ...publicOf(it), ...this.#uses.get(it.id), name, role }];
      })
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
  }

  /**
   * Ends a session, if `tokenId` is its token or undefined. Resolves once that is durable. False if there is none.
   * @throws VigiaError `unavailable` if that is not stored yet
   */
  async end(id: string, tokenId?: string): Promise<boolean> {
    const session = this.#byId.get(id);
    if (!session || (tokenId !== undefined && session.tokenId !== tokenId)) return false;
    this.#end(id);
    await durable(this.#store);
    return true;
  }

  /** The token is no longer valid. */
  endAllOf(tokenId: string): void {
    for (const session of [...this.#byId.values()]) if (session.tokenId === tokenId) this.#end(session.id);
  }

  /** Another instance opened the session, or ended it (no record). */
  learn(id: string, record: unknown): void {
    if (!record) this.#forget(id);
    else if (!this.#removed.has(id)) this.#remember(record as Stored);
  }

  /** The session was used at another instance. */
  learnUse(id: string, use: unknown): void {
    if (use && !this.#removed.has(id)) this.#uses.set(id, use as Use);
  }

  /** @param newer ids of which newer records are known than these */
  learnAll(records: ReadonlyMap<string, unknown>, newer: ReadonlySet<string>): void {
    for (const id of [...this.#byId.keys()]) if (!records.has(id) && !newer.has(id)) this.#forget(id);
    for (const [id, record] of records) if (!newer.has(id)) this.learn(id, record);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#sweeping);
  }

  #remember(session: Stored): void {
    this.#byId.set(session.id, session);
  }

  #end(id: string): void {
    this.#forget(id);
    this.#store.put(COLLECTION, id, undefined);
    this.#store.put(USES, id, undefined);
  }

  #forget(id: string): void {
    this.#removed.add(id);
    if (this.#removed.size > MAX_REMOVED) this.#removed.delete(this.#removed.values().next().value as string);
    this.#uses.delete(id);
    const session = this.#byId.get(id);
    if (!session) return;
    this.#byId.delete(id);
    this.#on.ended(id);
  }

  #makeRoom(tokenId: string): void {
    const ofToken = [...this.#byId.values()].filter((it) => it.tokenId === tokenId);
    const crowd =
      ofToken.length >= MAX_PER_TOKEN ? ofToken : this.#byId.size >= MAX_SESSIONS ? [...this.#byId.values()] : [];
    const [first, ...others] = crowd;
    if (first) this.#end(others.reduce((a, b) => (this.#lastUse(b) < this.#lastUse(a) ? b : a), first).id);
  }

  #lastUse({ id, createdAt }: Stored): number {
    return Date.parse(this.#uses.get(id)?.lastUsedAt ?? createdAt);
  }

  #isOver(session: Stored): boolean {
    const now = this.#clock.wall();
    return Date.parse(session.expiresAt) <= now || this.#lastUse(session) + SESSION_IDLE_MS <= now;
  }

  /** Ends what is over, and notes which sessions are in use because a page is open. */
  #sweep(): void {
    let nextMs = SWEEP_MS;
    for (const session of [...this.#byId.values()]) {
      const leftMs = Date.parse(session.expiresAt) - this.#clock.wall();
      if (leftMs > 0 && this.#on.isOpen(session.id)) this.#noteUse(session.id);
      if (this.#isOver(session)) this.#end(session.id);
      else nextMs = Math.min(nextMs, leftMs);
    }
    this.#sweeping = this.#clock.setTimeout(() => this.#sweep(), nextMs);
  }

  #noteUse(id: string): void {
    const now = this.#clock.wall();
    const last = this.#uses.get(id)?.lastUsedAt;
    if (last && Math.abs(now - Date.parse(last)) < USE_STEP_MS) return;
    const use: Use = { lastUsedAt: new Date(now).toISOString() };
    this.#uses.set(id, use);
    this.#store.put(USES, id, use);
  }
}

function publicOf({ seal: _, ...session }: Stored): ConsoleSession {
  return session;
}
