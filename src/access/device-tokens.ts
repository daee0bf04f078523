import { checkWritable, durable } from '../ports/durable.ts';
import type { StateStore } from '../ports/state-store.ts';
import { hash, matches, newToken } from './tokens.ts';

interface StoredToken {
  hash: string;
}

const COLLECTION = 'device-tokens';

/** The devices' own tokens: at most one for each, kept as hashes. */
export class DeviceTokens {
  readonly #store: StateStore;
  readonly #hashes = new Map<string, string>();

  static async load(store: StateStore): Promise<DeviceTokens> {
    return new DeviceTokens(store, await store.load<StoredToken>(COLLECTION));
  }

  private constructor(store: StateStore, records: ReadonlyMap<string, StoredToken>) {
    this.#store = store;
    for (const [deviceId, record] of records) this.#hashes.set(deviceId, record.hash);
  }

  /**
   * A new token; the one before is not valid any more. Resolves once that outlives a crash.
   * @throws VigiaError `unavailable` when the store cannot be written
   */
  async issue(deviceId: string): Promise<string> {
    checkWritable(this.#store);
    const token = newToken('vd_');
    const record: StoredToken = { hash: hash(token) };
    this.#hashes.set(deviceId, record.hash);
    this.#store.put(COLLECTION, deviceId, record);
    await durable(this.#store);
    return token;
  }

  /** Not valid from this moment on; recorded with what the store commits next. */
  revoke(deviceId: string): void {
    if (!this.#hashes.delete(deviceId)) return;
    this.#store.put(COLLECTION, deviceId, undefined);
  }

  /** Another instance has issued it, or (no record) revoked it. */
  learn(deviceId: string, record: unknown): void {
    if (record) this.#hashes.set(deviceId, (record as StoredToken).hash);
    else this.#hashes.delete(deviceId);
  }

  learnAll(records: ReadonlyMap<string, unknown>): void {
    for (const deviceId of this.#hashes.keys()) if (!records.has(deviceId)) this.#hashes.delete(deviceId);
    for (const [deviceId, record] of records) this.learn(deviceId, record);
  }

  has(deviceId: string): boolean {
    return this.#hashes.has(deviceId);
  }

  verify(deviceId: string, token: string): boolean {
    const expected = this.#hashes.get(deviceId);
    return expected !== undefined && matches(token, expected);
  }
}
