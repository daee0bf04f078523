import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
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
  /** Until a new token is durable, nobody has it, and the previous one stays valid. */
  readonly #issued = new PendingChanges<StoredToken | undefined>();
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
   * Issues a new token. Resolves once it is durable; the previous one is then invalid.
   * @param disconnect whether connections of the device must authenticate again
   * @throws VigiaError `unavailable` if it cannot be stored; the previous token stays valid
   */
  async issue(deviceId: string, disconnect = false): Promise<string> {
    checkWritable(this.#store);
    const token = newToken('vd_');
    const known = this.#records.get(deviceId);
    const endedBy = disconnect ? randomUUID() : known?.endedBy;
    const record: StoredToken = {
      hash: hash(token),
      revision: revisionOf(known) + 1,
      ...(known?.usedAt !== undefined && { usedAt: known.usedAt }),
      ...(endedBy !== undefined && { endedBy }),
    };
    this.#put(deviceId, record);
    const change = { was: known, is: record, stored: durable(this.#store) };
    await this.#issued.settle(deviceId, change, (was) => this.#takeBack(deviceId, record, was));
    if (disconnect) this.#endSessions(deviceId);
    return token;
  }

  /** Invalidates the token at once and allows the fleet token again. Durable with the next commit. */
  revoke(deviceId: string): void {
    this.#issued.withdraw(deviceId, undefined);
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
    // A rotation that was taken back brings the previous token back.
    const isNewer = known !== undefined && revisionOf(token) > revisionOf(known);
    if (isOlder || (this.#gone.has(token.hash) && !isNewer)) return;
    const isSame = known?.hash === token.hash;
    if (!isSame) this.#forget(deviceId);
    // A use is never undone: this message, or what is stored, may be older.
    const usedAt = token.usedAt ?? (isSame ? known.usedAt : undefined);
    this.#gone.delete(token.hash);
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
    if (!record) return false;
    const previous = this.#issued.durable(deviceId);
    return matches(token, record.hash) || (previous !== undefined && matches(token, previous.hash));
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
    this.#gone.delete(record.hash);
    this.#records.set(deviceId, record);
    this.#store.put(COLLECTION, deviceId, record);
  }

  /** Nobody got this token: the one before it is the device's again. */
  #takeBack(deviceId: string, { hash }: StoredToken, was: StoredToken | undefined): void {
    const known = this.#records.get(deviceId);
    // Revoked meanwhile.
    if (known?.hash !== hash) return;
    if (!was) {
      this.revoke(deviceId);
      return;
    }
    // With a revision of its own, since other instances may know the one that is taken back.
    const usedAt = was.usedAt ?? known.usedAt;
    const revision = revisionOf(known) + 1;
    this.#put(deviceId, { ...was, revision, ...(usedAt !== undefined && { usedAt }) });
  }
}

const revisionOf = (record: StoredToken | undefined): number => record?.revision ?? 0;
