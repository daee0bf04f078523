import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Time } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { normalGroup } from '../protocol/group-name.ts';
import type { Role } from '../protocol/roles.ts';
import { type Exchange, ExchangedTokens, isExchanged } from './exchanged-tokens.ts';
import { hash, newToken } from './tokens.ts';

export interface AdminToken {
  id: string;
  name: string;
  role: Role;
  /** The token is restricted to devices of these groups. Absent: the whole fleet. */
  groups?: readonly string[];
  createdAt: Time;
  /** The token is invalid from this time on. Absent: it does not expire. */
  expiresAt?: Time;
  lastUsedAt?: Time;
  /** A user of the identity provider, who has no token but signs in there. */
  isUser?: true;
}

interface Entry {
  identity: Identity;
  /** Undefined for the bootstrap token, which is configured and not stored. */
  record: StoredToken | undefined;
}

type StoredToken = AdminToken & { hash: string };
type TokenUse = Required<Pick<AdminToken, 'lastUsedAt'>>;

/** Called with the id of each token that is removed or expires, to disconnect its users. */
type Removed = (id: string) => void;

const COLLECTION = 'tokens';
/**
 * Stored apart from the tokens: recording a use must not restore a token that another instance removes at the same
 * time.
 */
const USES = 'token-uses';
export const BOOTSTRAP_ID = 'bootstrap';
const MAX_TOKENS = 1000;
/** The number of removed tokens that are remembered. */
const MAX_REMOVED = 10_000;
/** Resolution of `lastUsedAt`, so that not every request causes a write. */
const LAST_USE_STEP_MS = 60_000;
/** Interval for checking expiry again, because the wall clock may be set. */
const EXPIRY_LOOK_MS = 3_600_000;

export type NewAdminToken = Pick<AdminToken, 'name' | 'role' | 'groups' | 'expiresAt'>;

/** All admin tokens: the configured ADMIN_TOKEN, and those created with the API. */
export class AdminTokens {
  readonly #store: StateStore;
  readonly #clock: Clock;
  /**
   * By token hash. The lookup time depends only on the hash of the guess (SHA-256), which an attacker cannot steer
   * towards a stored one.
   */
  readonly #byHash = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  readonly #uses = new Map<string, TokenUse>();
  /** In a cluster, the message that a token was created may arrive after the message that it was removed. */
  readonly #removed = new Set<string>();
  readonly #removedOne: Removed;
  readonly #exchanged: ExchangedTokens;
  /** The hash of the configured token. */
  #bootstrap = '';
  /** Timers. */
  readonly #expiries = new Set<unknown>();

  /** `bootstrapToken` has all rights and can be changed only in the configuration. */
  static async load(
    store: StateStore,
    clock: Clock,
    bootstrapToken: string,
    removed: Removed = () => {},
    signingKey: Uint8Array = randomBytes(32),
  ): Promise<AdminTokens> {
    const records = await store.load<StoredToken>(COLLECTION);
    const uses = await store.load<TokenUse>(USES);
    return new AdminTokens(store, clock, bootstrapToken, records, uses, removed, signingKey);
  }

  private constructor(
    store: StateStore,
    clock: Clock,
    bootstrapToken: string,
    records: ReadonlyMap<string, StoredToken>,
    uses: ReadonlyMap<string, TokenUse>,
    removed: Removed,
    signingKey: Uint8Array,
  ) {
    this.#exchanged = new ExchangedTokens(signingKey, clock, this);
    this.#removedOne = removed;
    this.#store = store;
    this.#clock = clock;
    for (const record of records.values()) this.#remember(record);
    for (const [id, use] of uses) this.learnUse(id, use);
    this.#setBootstrap(bootstrapToken);
  }

  /** Replaces the configured token, and disconnects users of the previous one. */
  replaceBootstrap(token: string): void {
    if (this.#byHash.get(hash(token))?.record === undefined && this.#byHash.has(hash(token))) return;
    for (const [key, { record }] of this.#byHash) if (record === undefined) this.#byHash.delete(key);
    this.#setBootstrap(token);
    this.#removedOne(BOOTSTRAP_ID);
  }

  #setBootstrap(token: string): void {
    this.#bootstrap = hash(token);
    const identity: Identity = { tokenId: BOOTSTRAP_ID, name: 'admin', role: 'admin' };
    this.#add(this.#bootstrap, { identity, record: undefined });
  }

  /**
   * A value that changes with ADMIN_TOKEN; undefined for stored tokens, which have ids. It does not help to guess the
   * token, because it depends on a random secret.
   */
  seal(tokenId: string, secret: string): string | undefined {
    return tokenId === BOOTSTRAP_ID ? this.sealed(secret) : undefined;
  }

  /** See `seal`. */
  sealed(secret: string): string {
    return hash(`${secret} ${this.#bootstrap}`);
  }

  /** Undefined if the token is unknown or expired. */
  verify(token: string): Identity | undefined {
    if (isExchanged(token)) return this.#exchanged.verify(token);
    const entry = this.#byHash.get(hash(token));
    if (!entry || this.#isOver(entry.record)) return undefined;
    if (entry.record) this.#noteUse(entry.record.id);
    return entry.identity;
  }

  /** When the token expired; undefined if it has not, or is unknown. */
  expiry(token: string): Time | undefined {
    if (isExchanged(token)) return this.#exchanged.expiry(token);
    const record = this.#byHash.get(hash(token))?.record;
    return this.#isOver(record) ? record?.expiresAt : undefined;
  }

  /** The identity of a token id. Undefined if the token was removed or has expired. */
  identity(id: string): Identity | undefined {
    const entry = this.#byId.get(id);
    return entry && !this.#isOver(entry.record) ? entry.identity : undefined;
  }

  /**
   * Resolves once the token is durable. The secret is returned only here.
   * @throws VigiaError `conflict` if there are too many; `unavailable` if it cannot be stored
   */
  async create(wanted: NewAdminToken): Promise<AdminToken & { token: string }> {
    const { name, role, groups, expiresAt } = wanted;
    if (this.#byHash.size > MAX_TOKENS) {
      throw new VigiaError('conflict', `There are ${MAX_TOKENS} tokens already; remove some that are not used.`);
    }
    checkWritable(this.#store);
    const token = newToken('va_');
    const createdAt = new Date(this.#clock.wall()).toISOString();
    const record: StoredToken = {
      id: randomUUID(),
      name,
      role,
      ...(groups && { groups: [...new Set(groups)] }),
      createdAt,
      ...(expiresAt !== undefined && { expiresAt }),
      hash: hash(token),
    };
    this.#remember(record);
    this.#store.put(COLLECTION, record.id, { ...record });
    try {
      await this.#store.committed();
    } catch {
      // The caller never learns the secret, so the token must not exist.
      this.#byHash.delete(record.hash);
      this.#byId.delete(record.id);
      this.#store.put(COLLECTION, record.id, undefined);
      throw new VigiaError('unavailable', 'The token could not be stored, so it was not created.');
    }
    return { ...publicOf(record), token };
  }

  /**
   * A short-lived token that ends with this one.
   * @throws VigiaError `forbidden`
   */
  exchange(by: Identity, wanted: Exchange): { token: string; is: Identity } {
    return this.#exchanged.issue(by, wanted);
  }

  /**
   * A user whom the identity provider has signed in, with the rights that it tells now. If these have changed, the user's
   * sessions end.
   * @throws VigiaError `conflict` if there are too many; `unavailable`
   */
  async signInUser(subject: string, wanted: Pick<AdminToken, 'name' | 'role' | 'groups'>): Promise<Identity> {
    checkWritable(this.#store);
    // No token has such a hash.
    const key = `user ${hash(subject)}`;
    const known = this.#byHash.get(key)?.record;
    if (!known && this.#byHash.size > MAX_TOKENS)
      throw new VigiaError('conflict', `There are ${MAX_TOKENS} tokens and users already.`);
    const { name, role, groups } = wanted;
    const rights = JSON.stringify([role, groups]);
    if (known && rights !== JSON.stringify([known.role, known.groups])) this.#removedOne(known.id);
    if (!known || known.name !== name || rights !== JSON.stringify([known.role, known.groups])) {
      const record: StoredToken = {
        id: known?.id ?? randomUUID(),
        name,
        role,
        ...(groups && { groups }),
        createdAt: known?.createdAt ?? new Date(this.#clock.wall()).toISOString(),
        isUser: true,
        hash: key,
      };
      this.#remember(record);
      this.#store.put(COLLECTION, record.id, { ...record });
      await durable(this.#store);
    }
    const { identity } = this.#byHash.get(key) as Entry;
    this.#noteUse(identity.tokenId);
    return identity;
  }

  /** All stored tokens, oldest first, without their secrets. */
  list(): AdminToken[] {
    const records = [...this.#byHash.values()].flatMap(({ record }) =>
      record ? [{ ...publicOf(record), ...this.#uses.get(record.id) }] : [],
    );
    return records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
  }

  /**
   * Invalidates the token at once. Resolves once that is durable. False if the id is unknown.
   * @throws VigiaError `conflict` for the configured token; `unavailable` if the removal is not stored yet
   */
  async remove(id: string): Promise<boolean> {
    if (id === BOOTSTRAP_ID) {
      throw new VigiaError('conflict', 'The ADMIN_TOKEN belongs to the configuration: change it there.');
    }
    if (!this.#forget(id)) return false;
    this.#rememberRemoved(id);
    this.#store.put(COLLECTION, id, undefined);
    this.#store.put(USES, id, undefined);
    await durable(this.#store);
    return true;
  }

  /** Another instance created the token, or removed it (no record). */
  learn(id: string, record: unknown): void {
    if (!record) {
      this.#rememberRemoved(id);
      this.#forget(id);
    } else if (!this.#removed.has(id)) {
      this.#remember(record as StoredToken);
    }
  }

  /** The token was used at another instance. */
  learnUse(id: string, use: unknown): void {
    if (use) this.#uses.set(id, use as TokenUse);
  }

  /** @param newer ids of which newer records are known than these */
  learnAll(records: ReadonlyMap<string, unknown>, newer: ReadonlySet<string>): void {
    for (const { id } of this.list()) if (!records.has(id) && !newer.has(id)) this.#forget(id);
    for (const [id, record] of records) if (!newer.has(id)) this.learn(id, record);
  }

  /** Stops the expiry timers. */
  stop(): void {
    for (const timer of this.#expiries) this.#clock.clearTimeout(timer);
  }

  #remember(record: StoredToken): void {
    const { id, name, role } = record;
    const groups = record.groups?.map(normalGroup);
    const identity = Object.freeze({ tokenId: id, name, role, ...(groups && { groups }) });
    this.#add(record.hash, { identity, record });
    this.#awaitExpiry(record);
  }

  #add(key: string, entry: Entry): void {
    this.#byHash.set(key, entry);
    this.#byId.set(entry.identity.tokenId, entry);
  }

  #isOver(record: StoredToken | undefined): boolean {
    return record?.expiresAt !== undefined && Date.parse(record.expiresAt) <= this.#clock.wall();
  }

  /** Disconnects the token's users when it expires. */
  #awaitExpiry({ id, hash: key, expiresAt }: StoredToken): void {
    if (expiresAt === undefined) return;
    const leftMs = Date.parse(expiresAt) - this.#clock.wall();
    const timer = this.#clock.setTimeout(
      () => {
        this.#expiries.delete(timer);
        const { record } = this.#byHash.get(key) ?? {};
        if (!record) return;
        if (!this.#isOver(record)) return this.#awaitExpiry(record);
        this.#removedOne(id);
      },
      Math.min(Math.max(0, leftMs), EXPIRY_LOOK_MS),
    );
    this.#expiries.add(timer);
  }

  #rememberRemoved(id: string): void {
    this.#removed.add(id);
    if (this.#removed.size > MAX_REMOVED) this.#removed.delete(this.#removed.values().next().value as string);
  }

  #forget(id: string): boolean {
    this.#uses.delete(id);
    const record = this.#byId.get(id)?.record;
    if (!record) return false;
    this.#byHash.delete(record.hash);
    this.#byId.delete(id);
    this.#removedOne(id);
    return true;
  }

  #noteUse(id: string): void {
    const now = this.#clock.wall();
    const last = this.#uses.get(id)?.lastUsedAt;
    if (last && Math.abs(now - Date.parse(last)) < LAST_USE_STEP_MS) return;
    const use: TokenUse = { lastUsedAt: new Date(now).toISOString() };
    this.#uses.set(id, use);
    this.#store.put(USES, id, use);
  }
}

function publicOf({ hash: _, ...token }: StoredToken): AdminToken {
  return token;
}
