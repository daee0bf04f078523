import type { Clock } from '../ports/clock.ts';
import { coalesced } from '../ports/coalesced.ts';
import type { Collection, StateStore } from '../ports/state-store.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import type { AdminTokens } from './admin-tokens.ts';
import type { Blocks } from './blocks.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import type { DeviceTokens } from './device-tokens.ts';
import type { FleetTokens } from './fleet-tokens.ts';

const COLLECTIONS = [
  'tokens',
  'token-uses',
  'device-tokens',
  'fleet-tokens',
  'blocks',
  'sessions',
  'session-uses',
] as const;
type TokenCollection = (typeof COLLECTIONS)[number];

/** All access rules that instances share. */
export interface Access {
  admins: AdminTokens;
  devices: DeviceTokens;
  fleet: FleetTokens;
  blocks: Blocks;
  sessions: ConsoleSessions;
}

/** A record that was written, or (null) removed. */
export type TokenChange = [collection: TokenCollection, key: string, record: unknown];

export interface SharedTokensListeners {
  /** A change for the other instances. */
  written(change: TokenChange): void;
  /** Resolves once all changes so far have been sent to them. */
  published(): Promise<void>;
}

/** Keys of each collection. */
type Keys = Record<TokenCollection, Set<string>>;

/** A change is published once it is stored, so that who reads the store too early gets the message. */
const STORE_MS = 1000;
/** Devices per query. */
const MAX_READ = 500;
/** How often a record is read again that changes meanwhile. */
const MAX_READS = 3;

/** The store of tokens and blocks in a cluster: writes are also published to the other instances. */
export class SharedTokens {
  readonly store: StateStore;
  readonly #original: StateStore;
  /** What has changed since each running read began: it may have read older records of these. */
  readonly #changed = new Set<Keys>();
  #publishing = Promise.resolve();

  constructor(store: StateStore, clock: Clock, { written, published }: SharedTokensListeners) {
    this.#original = store;
    this.store = {
      cleanStart: store.cleanStart,
      recovered: () => store.recovered(),
      get mayHaveLost() {
        return store.mayHaveLost;
      },
      get healthy() {
        return store.healthy;
      },
      close: () => store.close(),
      find: (collection, key) => store.find(collection, key),
      pick: (collection, keys) => store.pick(collection, keys),
      get backlog() {
        return store.backlog;
      },
      get dropped() {
        return store.dropped;
      },
      load: (collection) => store.load(collection),
      put: (collection, key, value) => {
        store.put(collection, key, value);
        if (!holdsTokens(collection)) return;
        this.#noteChange(collection, key);
        const change: TokenChange = [collection, key, value ?? null];
        const stored = store.committed();
        const isLate = withTimeout(
          clock,
          STORE_MS,
          stored.then(() => false),
          () => true,
        );
        this.#publishing = isLate.then(() => written(change));
        // Meanwhile another instance may have read, and learnt, the previous record again. Revisions put the messages in
        // order.
        if (collection === 'device-tokens') {
          void isLate.then((late) => {
            if (late)
              stored.then(
                () => written(change),
                () => {},
              );
          });
        }
      },
      // A new token must work at once at every instance.
      committed: async () => {
        await store.committed();
        await this.#publishing;
        await published();
      },
    };
  }

  /** Applies a change of another instance. */
  learn([collection, key, record]: TokenChange, { admins, devices, fleet, blocks, sessions }: Access): void {
    this.#noteChange(collection, key);
    if (collection === 'tokens') admins.learn(key, record);
    else if (collection === 'token-uses') admins.learnUse(key, record);
    else if (collection === 'fleet-tokens') fleet.learn(key, record);
    else if (collection === 'blocks') blocks.learn(key, record);
    else if (collection === 'sessions') sessions.learn(key, record);
    else if (collection === 'session-uses') sessions.learnUse(key, record);
    else if (collection === 'device-tokens') devices.learn(key, record);
  }

  /** Reloads everything from the store, because messages of other instances may have been lost. */
  async reload({ admins, devices, fleet, blocks, sessions }: Access): Promise<void> {
    const store = this.#original;
    await this.#reading(async (changed) => {
      await store.committed();
      const tokens = await store.load('tokens');
      const deviceTokens = await store.load('device-tokens');
      const fleetTokens = await store.load('fleet-tokens');
      const blocked = await store.load('blocks');
      const sessionRecords = await store.load('sessions');
      admins.learnAll(tokens, changed.tokens);
      devices.learnAll(deviceTokens, changed['device-tokens']);
      fleet.learnAll(fleetTokens, changed['fleet-tokens']);
      blocks.learnAll(blocked, changed.blocks);
      sessions.learnAll(sessionRecords, changed.sessions);
    });
  }

  /** Reloads the fleet tokens alone. */
  async reloadFleet(fleet: FleetTokens): Promise<void> {
    const store = this.#original;
    await this.#reading(async (changed) => {
      await store.committed();
      fleet.learnAll(await store.load('fleet-tokens'), changed['fleet-tokens']);
    });
  }

  /**
   * Reads the own tokens of single devices. All calls during a read share the next one: a thundering herd costs a few
   * queries, and one that signs in again and again as the same device costs no more than another.
   */
  deviceReader(devices: DeviceTokens): (id: string) => Promise<void> {
    let asked = new Set<string>();
    const read = coalesced(async () => {
      const ids = [...asked];
      asked = new Set();
      for (let i = 0; i < ids.length; i += MAX_READ) await this.#readDevices(ids.slice(i, i + MAX_READ), devices);
    });
    return (id) => {
      asked.add(id);
      return read();
    };
  }

  async #readDevices(ids: readonly string[], devices: DeviceTokens): Promise<void> {
    let left = ids;
    for (let reads = 0; left.length > 0 && reads < MAX_READS; reads++) {
      left = await this.#reading(async (changed) => {
        const stored = await this.#original.pick('device-tokens', left);
        const isChanged = (id: string) => changed['device-tokens'].has(id);
        for (const id of left) if (!isChanged(id)) devices.learnStored(id, stored.get(id));
        return left.filter(isChanged);
      });
    }
  }

  async #reading<T>(read: (changed: Keys) => Promise<T>): Promise<T> {
    const changed = Object.fromEntries(COLLECTIONS.map((it) => [it, new Set<string>()])) as Keys;
    this.#changed.add(changed);
    try {
      return await read(changed);
    } finally {
      this.#changed.delete(changed);
    }
  }

  #noteChange(collection: TokenCollection, key: string): void {
    for (const changed of this.#changed) changed[collection].add(key);
  }
}

function holdsTokens(collection: Collection): collection is TokenCollection {
  return (COLLECTIONS as readonly string[]).includes(collection);
}
