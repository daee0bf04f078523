import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Time } from '../protocol/document.ts';
import { hash } from './tokens.ts';

interface StoredFleetToken {
  /** Since when it is not configured any more. */
  retiredAt?: Time;
}

const COLLECTION = 'fleet-tokens';

/** What a fleet token is worth: it is configured, or was at the last start and is good for a while; undefined: nothing. */
export type FleetTokenState = 'current' | 'previous' | undefined;

/**
 * The tokens that the whole fleet shares (PLAYER_TOKEN), as hashes. One that is not configured any more stays good for a
 * while: a restart with another one must not lose all players, which only learn of it one by one.
 */
export class FleetTokens {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #configured: ReadonlySet<string>;
  readonly #records: Map<string, StoredFleetToken>;

  static async load(
    store: StateStore,
    clock: Clock,
    { tokens, graceMs }: { tokens: readonly string[]; graceMs: number },
  ): Promise<FleetTokens> {
    const records = await store.load<StoredFleetToken>(COLLECTION);
    const configured = new Set(tokens.map(hash));
    const put = (key: string, record: StoredFleetToken | undefined) => {
      if (record) records.set(key, record);
      else records.delete(key);
      store.put(COLLECTION, key, record);
    };
    for (const key of configured) if (records.get(key)?.retiredAt !== undefined || !records.has(key)) put(key, {});
    for (const [key, { retiredAt }] of [...records]) {
      if (configured.has(key)) continue;
      if (retiredAt === undefined) put(key, { retiredAt: new Date(clock.wall()).toISOString() });
      else if (clock.wall() - Date.parse(retiredAt) >= graceMs) put(key, undefined);
    }
    return new FleetTokens(clock, graceMs, configured, records);
  }

  private constructor(
    clock: Clock,
    graceMs: number,
    configured: ReadonlySet<string>,
    records: Map<string, StoredFleetToken>,
  ) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#configured = configured;
    this.#records = records;
  }

  /** By its hash: how long that takes says nothing of the tokens. */
  stateOf(token: string): FleetTokenState {
    const key = hash(token);
    if (this.#configured.has(key)) return 'current';
    const record = this.#records.get(key);
    if (!record) return undefined;
    // Another instance has it in its configuration.
    if (record.retiredAt === undefined) return 'current';
    return this.#clock.wall() - Date.parse(record.retiredAt) < this.#graceMs ? 'previous' : undefined;
  }

  /** How many are good that are not configured any more. */
  get previous(): number {
    const isGood = ({ retiredAt }: StoredFleetToken) =>
      retiredAt !== undefined && this.#clock.wall() - Date.parse(retiredAt) < this.#graceMs;
    return [...this.#records].filter(([key, record]) => !this.#configured.has(key) && isGood(record)).length;
  }

  /** Another instance was started with it, or (a time) without it. */
  learn(key: string, record: unknown): void {
    if (record) this.#records.set(key, record as StoredFleetToken);
    else this.#records.delete(key);
  }

  learnAll(records: ReadonlyMap<string, unknown>): void {
    for (const key of [...this.#records.keys()]) if (!records.has(key)) this.#records.delete(key);
    for (const [key, record] of records) this.learn(key, record);
  }
}
