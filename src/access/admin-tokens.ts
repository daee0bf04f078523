import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Time } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Role } from '../protocol/roles.ts';
import { hash, newToken } from './tokens.ts';

export interface AdminToken {
  id: string;
  name: string;
  role: Role;
  /** It sees and commands the devices of these alone; left out: all. */
  groups?: readonly string[];
  createdAt: Time;
  /** Worth nothing from then on; left out: it does not expire. */
  expiresAt?: Time;
  lastUsedAt?: Time;
}

interface Entry {
  identity: Identity;
  /** Undefined for the bootstrap token, which is configuration and not kept here. */
  record: StoredToken | undefined;
}

type StoredToken = AdminToken & { hash: string };
type TokenUse = Required<Pick<AdminToken, 'lastUsedAt'>>;

/** Called with the id of each token that is removed or expires, so that whoever is signed in with it can be sent away. */
type Removed = (id: string) => void;

const COLLECTION = 'tokens';
/** Apart from the tokens: whoever notes a use must not write a token again that is removed elsewhere at that moment. */
const USES = 'token-uses';
export const BOOTSTRAP_ID = 'bootstrap';
const MAX_TOKENS = 1000;
/** Of so many removed tokens it is remembered that they are not to come back. */
const MAX_REMOVED = 10_000;
/** A token's last use is told to the minute: not every request is worth a write. */
const LAST_USE_STEP_MS = 60_000;
/** The wall clock, by which tokens expire, may be set: it is looked at again after so long. */
const EXPIRY_LOOK_MS = 3_600_000;

export type NewAdminToken = Pick<AdminToken, 'name' | 'role' | 'groups' | 'expiresAt'>;

/** Who may speak as an admin: the configured ADMIN_TOKEN, and the tokens that were made with it. */
export class AdminTokens {
  readonly #store: StateStore;
  readonly #clock: Clock;
  /**
   * By the hash of the token. Looking it up takes a time that depends on the hash only, and a hash that nobody can
   * steer towards a stored one (SHA-256 of the guess) says nothing about it.
   */
  readonly #byHash = new Map<string, Entry>();
  readonly #uses = new Map<string, TokenUse>();
  /** In a cluster the word that a token was made may come after the word that it was removed. */
  readonly #removed = new Set<string>();
  readonly #removedOne: Removed;
  /** Timers. */
  readonly #expiries = new Set<unknown>();

  /** `bootstrapToken` has all rights, and cannot be removed but by changing the configuration. */
  static async load(
    store: StateStore,
    clock: Clock,
    bootstrapToken: string,
    removed: Removed = () => {},
  ): Promise<AdminTokens> {
    const records = await store.load<StoredToken>(COLLECTION);
    return new AdminTokens(store, clock, bootstrapToken, records, await store.load<TokenUse>(USES), removed);
  }

  private constructor(
    store: StateStore,
    clock: Clock,
    bootstrapToken: string,
    records: ReadonlyMap<string, StoredToken>,
    uses: ReadonlyMap<string, TokenUse>,
    removed: Removed,
  ) {
    this.#removedOne = removed;
    this.#store = store;
    this.#clock = clock;
    for (const record of records.values()) this.#remember(record);
    for (const [id, use] of uses) this.learnUse(id, use);
    this.#byHash.set(hash(bootstrapToken), {
      identity: { tokenId: BOOTSTRAP_ID, name: 'admin', role: 'admin' },
      record: undefined,
    });
  }

  /** Who speaks with this token, if anybody may. */
  verify(token: string): Identity | undefined {
    const entry = this.#byHash.get(hash(token));
    if (!entry || this.#isOver(entry.record)) return undefined;
    if (entry.record) this.#noteUse(entry.record.id);
    return entry.identity;
  }

  /** The holder of the token with this id; undefined: it was removed or has expired. */
  identity(id: string): Identity | undefined {
    const entry = [...this.#byHash.values()].find(({ identity }) => identity.tokenId === id);
    return entry && !this.#isOver(entry.record) ? entry.identity : undefined;
  }

  /**
   * Resolves once the token outlives a crash. The only time the token itself is seen.
   * @throws VigiaError `conflict` when there are too many already; `unavailable` when it cannot be recorded
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
      // Nobody will ever know this token: it is as if it had not been.
      this.#byHash.delete(record.hash);
      this.#store.put(COLLECTION, record.id, undefined);
      throw new VigiaError('unavailable', 'The token could not be recorded now, and was not made.');
    }
    return { ...publicOf(record), token };
  }

  /** All that can be removed, oldest first, without their secrets. */
  list(): AdminToken[] {
    const records = [...this.#byHash.values()].flatMap(({ record }) =>
      record ? [{ ...publicOf(record), ...this.#uses.get(record.id) }] : [],
    );
    return records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
  }

  /**
   * The token is worth nothing from this moment on; resolves once that outlives a crash. False for an unknown id.
   * @throws VigiaError `conflict` for the configured token; `unavailable` when it is removed, but not recorded so yet
   */
  async remove(id: string): Promise<boolean> {
    if (id === BOOTSTRAP_ID) {
      throw new VigiaError('conflict', 'The ADMIN_TOKEN belongs to the configuration: change it there.');
    }
    if (!this.#forget(id)) return false;
    this.#bury(id);
    this.#store.put(COLLECTION, id, undefined);
    this.#store.put(USES, id, undefined);
    await durable(this.#store);
    return true;
  }

  /** Another instance has made it, or (no record) removed it. */
  learn(id: string, record: unknown): void {
    if (!record) {
      this.#bury(id);
      this.#forget(id);
    } else if (!this.#removed.has(id)) {
      this.#remember(record as StoredToken);
    }
  }

  /** It was used at another instance. */
  learnUse(id: string, use: unknown): void {
    if (use) this.#uses.set(id, use as TokenUse);
  }

  learnAll(records: ReadonlyMap<string, unknown>): void {
    for (const { id } of this.list()) if (!records.has(id)) this.#forget(id);
    for (const [id, record] of records) this.learn(id, record);
  }

  /** Nobody is sent away any more. */
  stop(): void {
    for (const timer of this.#expiries) this.#clock.clearTimeout(timer);
  }

  #remember(record: StoredToken): void {
    const { id, name, role, groups } = record;
    const identity = Object.freeze({ tokenId: id, name, role, ...(groups && { groups }) });
    this.#byHash.set(record.hash, { identity, record });
    this.#awaitExpiry(record);
  }

  #isOver(record: StoredToken | undefined): boolean {
    return record?.expiresAt !== undefined && Date.parse(record.expiresAt) <= this.#clock.wall();
  }

  /** Whoever is signed in with it by then is sent away. */
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

  #bury(id: string): void {
    this.#removed.add(id);
    if (this.#removed.size > MAX_REMOVED) this.#removed.delete(this.#removed.values().next().value as string);
  }

  #forget(id: string): boolean {
    this.#uses.delete(id);
    const found = [...this.#byHash].find(([, { record }]) => record?.id === id);
    if (!found) return false;
    this.#byHash.delete(found[0]);
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
