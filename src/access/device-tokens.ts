import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Time } from '../protocol/document.ts';
import { hash, matches, newToken } from './tokens.ts';

interface StoredToken {
  hash: string;
  /** Grows with each token of the device, so that a late message about an older one is detected. */
  revision?: number;
  /** When the device first used its own token. From then on it cannot use the fleet token. */
  usedAt?: Time;
  /** A new value means that connections of the device must authenticate again. */
  endedBy?: string;
}

/** Ends a device's connections at every instance. */
type EndSessions = (deviceId: string) => void;

const COLLECTION = 'device-tokens';
/** The number of removed tokens that are remembered. */
const MAX_GONE = 10_000;

/** The devices' own tokens: at most one per device, stored as hashes. */
export class DeviceTokens {
  readonly #store: StateStore;
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #records = new Map<string, StoredToken>();
  /** Hashes that must stay removed: in a cluster, the message of a use may arrive after the message of the removal. */
  readonly #gone = new Set<string>();
  readonly #endSessions: EndSessions;
  /** First uses that are not stored yet. */
  readonly #storing = new Map<string, Promise<void>>();

  static async load(
    store: StateStore,
    clock: Pick<Clock, 'wall'>,
    endSessions: EndSessions = () => {},
  ): Promise<DeviceTokens> {
    return new DeviceTokens(store, clock, await store.load<StoredToken>(COLLECTION), endSessions);
  }

  private constructor(
    store: StateStore,
    clock: Pick<Clock, 'wall'>,
    records: ReadonlyMap<string, StoredToken>,
    endSessions: EndSessions,
  ) {
    this.#endSessions = endSessions;
    this.#store = store;
    this.#clock = clock;
    for (const [deviceId, record] of records) this.#records.set(deviceId, record);
  }

  /**
   * Issues a new token and invalidates the previous one. Resolves once that is durable.
   * @param disconnect whether connections of the device must authenticate again
   * @throws VigiaError `unavailable` if it cannot be stored
   */
  async issue(deviceId: string, disconnect = false): Promise<string> {
    checkWritable(this.#store);
    const token = newToken('vd_');
    const known = this.#records.get(deviceId);
    const endedBy = disconnect ? randomUUID() : known?.endedBy;
    this.#put(deviceId, {
      hash: hash(token),
      revision: revisionOf(known) + 1,
      ...(known?.usedAt !== undefined && { usedAt: known.usedAt }),
      ...(endedBy !== undefined && { endedBy }),
    });
    await durable(this.#store);
    return token;
  }

  /** Invalidates the token at once and allows the fleet token again. Durable with the next commit. */
  revoke(deviceId: string): void {
    if (!this.#forget(deviceId)) return;
    this.#store.put(COLLECTION, deviceId, undefined);
  }

  /** Like `revoke`, but resolves once that is durable. False if the device had no token. */
  async remove(deviceId: string): Promise<boolean> {
    if (!this.#records.has(deviceId)) return false;
    this.revoke(deviceId);
    await durable(this.#store);
    return true;
  }

  /** Another instance issued the token, or revoked it (no record). */
  learn(deviceId: string, record: unknown): void {
    const known = this.#records.get(deviceId);
    if (!record) {
      this.#forget(deviceId);
      return;
    }
    const token = record as StoredToken;
    // Instances of version 0.2 write no revision: then it is the newest, unless it is known to be gone.
    const isOlder = token.revision !== undefined && token.revision < revisionOf(known);
    if (isOlder || this.#gone.has(token.hash)) return;
    const isSame = known?.hash === token.hash;
    if (!isSame) this.#forget(deviceId);
    // A use is never undone: this message, or what is stored, may be older.
    const usedAt = token.usedAt ?? (isSame ? known.usedAt : undefined);
    this.#records.set(deviceId, { ...token, ...(usedAt !== undefined && { usedAt }) });
    if (token.endedBy !== undefined && token.endedBy !== known?.endedBy) this.#endSessions(deviceId);
  }

  /** What is stored counts more than any message. */
  learnStored(deviceId: string, record: unknown): void {
    const token = record as StoredToken | undefined;
    if (token) this.#gone.delete(token.hash);
    if (revisionOf(token) < revisionOf(this.#records.get(deviceId))) this.#forget(deviceId);
    this.learn(deviceId, token);
  }

  /** @param newer devices of which newer records are known than these */
  learnAll(records: ReadonlyMap<string, unknown>, newer: ReadonlySet<string>): void {
    for (const id of [...this.#records.keys()]) if (!records.has(id) && !newer.has(id)) this.#forget(id);
    for (const [id, record] of records) if (!newer.has(id)) this.learnStored(id, record);
  }

  has(deviceId: string): boolean {
    return this.#records.has(deviceId);
  }

  verify(deviceId: string, token: string): boolean {
    const record = this.#records.get(deviceId);
    return record !== undefined && matches(token, record.hash);
  }

  /** Records that the device authenticated with its own token. */
  noteUse(deviceId: string): void {
    const record = this.#records.get(deviceId);
    if (!record || record.usedAt !== undefined) return;
    this.#put(deviceId, { ...record, usedAt: new Date(this.#clock.wall()).toISOString() });
    // A store that cannot write now keeps trying by itself.
    const storing = this.#store
      .committed()
      .catch(() => {})
      .finally(() => this.#storing.delete(deviceId));
    this.#storing.set(deviceId, storing);
  }

  /** Resolves once the first use of the device's token is stored, or cannot be now. Undefined if nothing is pending. */
  storing(deviceId: string): Promise<void> | undefined {
    return this.#storing.get(deviceId);
  }

  /** Changes whenever the device's token is replaced, removed, or used for the first time. */
  mark(deviceId: string): string | undefined {
    const record = this.#records.get(deviceId);
    return record && `${record.hash} ${record.usedAt !== undefined}`;
  }

  /** Whether the device has ever used its own token, and so cannot use the fleet token. */
  wasUsed(deviceId: string): boolean {
    return this.#records.get(deviceId)?.usedAt !== undefined;
  }

  #forget(deviceId: string): boolean {
    const known = this.#records.get(deviceId);
    if (!known) return false;
    this.#records.delete(deviceId);
    this.#gone.add(known.hash);
    if (this.#gone.size > MAX_GONE) this.#gone.delete(this.#gone.values().next().value as string);
    return true;
  }

  #put(deviceId: string, record: StoredToken): void {
    const known = this.#records.get(deviceId);
    if (known && known.hash !== record.hash) this.#forget(deviceId);
    this.#records.set(deviceId, record);
    this.#store.put(COLLECTION, deviceId, record);
    if (record.endedBy !== undefined && record.endedBy !== known?.endedBy) this.#endSessions(deviceId);
  }
}

const revisionOf = (record: StoredToken | undefined): number => record?.revision ?? 0;
