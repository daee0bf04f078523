import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Time } from '../protocol/document.ts';
import { hash } from './tokens.ts';

interface StoredFleetToken {
  /** When it was removed from the configuration. */
  retiredAt?: Time;
}

const COLLECTION = 'fleet-tokens';

/** `previous`: no longer configured, but valid during the grace period. Undefined: invalid. */
export type FleetTokenState = 'current' | 'previous' | undefined;

/**
 * The tokens shared by the whole fleet (PLAYER_TOKEN), as hashes. A token stays valid for a grace period after it is
 * removed from the configuration: players get a new token one by one.
 */
export class FleetTokens {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #store: Pick<StateStore, 'put'>;
  #configured: ReadonlySet<string> = new Set();
  readonly #records: Map<string, StoredFleetToken>;

  /**
   * Resolves once the configured tokens are stored: the other instances read them when this one joins.
   *
   * @param shared where later changes are put
   */
  static async load(
    store: StateStore,
    clock: Clock,
    { tokens, graceMs }: { tokens: readonly string[]; graceMs: number },
    shared: Pick<StateStore, 'put'> = store,
  ): Promise<FleetTokens> {
    const loaded = new FleetTokens(shared, clock, graceMs, await store.load<StoredFleetToken>(COLLECTION));
    loaded.configure(tokens, store);
    await store.committed();
    return loaded;
  }

  private constructor(
    store: Pick<StateStore, 'put'>,
    clock: Clock,
    graceMs: number,
    records: Map<string, StoredFleetToken>,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#records = records;
  }

  /** Sets the configured tokens. Those that are no longer among them stay valid for the grace period. */
  configure(tokens: readonly string[], store = this.#store): void {
    const configured = new Set(tokens.map(hash));
    this.#configured = configured;
    const put = (key: string, record: StoredFleetToken | undefined) => {
      this.learn(key, record);
      store.put(COLLECTION, key, record);
    };
    for (const key of configured) {
      const record = this.#records.get(key);
      if (!record || record.retiredAt !== undefined) put(key, {});
    }
    for (const [key, { retiredAt }] of [...this.#records]) {
      if (configured.has(key)) continue;
      const now = this.#clock.wall();
      if (retiredAt === undefined) put(key, { retiredAt: new Date(now).toISOString() });
      else if (now - Date.parse(retiredAt) >= this.#graceMs) put(key, undefined);
    }
  }

  /** Looked up by hash, so that the lookup time reveals nothing about the tokens. */
  stateOf(token: string): FleetTokenState {
    const key = hash(token);
    if (this.#configured.has(key)) return 'current';
    const record = this.#records.get(key);
    if (!record) return undefined;
    // It is configured at another instance.
    if (record.retiredAt === undefined) return 'current';
    return this.#clock.wall() - Date.parse(record.retiredAt) < this.#graceMs ? 'previous' : undefined;
  }

  /** The number of valid tokens that are no longer configured. */
  get previous(): number {
    const isGood = ({ retiredAt }: StoredFleetToken) =>
      retiredAt !== undefined && this.#clock.wall() - Date.parse(retiredAt) < this.#graceMs;
    return [...this.#records].filter(([key, record]) => !this.#configured.has(key) && isGood(record)).length;
  }

  /** Another instance started with this token, or (with a time) without it. */
  learn(key: string, record: unknown): void {
    if (record) this.#records.set(key, record as StoredFleetToken);
    else this.#records.delete(key);
  }

  /** @param newer those of which newer records are known than these */
  learnAll(records: ReadonlyMap<string, unknown>, newer: ReadonlySet<string>): void {
    for (const key of [...this.#records.keys()]) if (!records.has(key) && !newer.has(key)) this.#records.delete(key);
    for (const [key, record] of records) if (!newer.has(key)) this.learn(key, record);
  }
}
