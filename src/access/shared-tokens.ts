import type { Collection, StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { AdminTokens } from './admin-tokens.ts';
import type { Blocks } from './blocks.ts';
import type { DeviceTokens } from './device-tokens.ts';
import type { FleetTokens } from './fleet-tokens.ts';

const COLLECTIONS = ['tokens', 'token-uses', 'device-tokens', 'fleet-tokens', 'blocks'] as const;
type TokenCollection = (typeof COLLECTIONS)[number];

/** All access rules that instances share. */
export interface Access {
  admins: AdminTokens;
  devices: DeviceTokens;
  fleet: FleetTokens;
  blocks: Blocks;
}

/** A record that was written, or (null) removed. */
export type TokenChange = [collection: TokenCollection, key: string, record: unknown];

export interface SharedTokensListeners {
  /** A change for the other instances. */
  written(change: TokenChange): void;
  /** Resolves once all changes so far have been sent to them. */
  published(): Promise<void>;
}

/** The store of tokens and blocks in a cluster: writes are also published to the other instances. */
export class SharedTokens {
  readonly store: StateStore;
  readonly #writes = new WriteCount();

  constructor(store: StateStore, { written, published }: SharedTokensListeners) {
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
      get backlog() {
        return store.backlog;
      },
      get dropped() {
        return store.dropped;
      },
      load: (collection) => store.load(collection),
      put: (collection, key, value) => {
        store.put(collection, key, value);
        this.#writes.written();
        if (holdsTokens(collection)) written([collection, key, value ?? null]);
      },
      // A new token must work at once at every instance.
      committed: async () => {
        await store.committed();
        await published();
      },
    };
  }

  /** Applies a change of another instance. */
  learn([collection, key, record]: TokenChange, { admins, devices, fleet, blocks }: Access): void {
    if (collection === 'tokens') admins.learn(key, record);
    else if (collection === 'token-uses') admins.learnUse(key, record);
    else if (collection === 'fleet-tokens') fleet.learn(key, record);
    else if (collection === 'blocks') blocks.learn(key, record);
    else devices.learn(key, record);
  }

  /** Reloads everything from the store, because messages of other instances may have been lost. */
  async reload({ admins, devices, fleet, blocks }: Access): Promise<void> {
    const { store } = this;
    const stored = await this.#writes.read(store, async () => ({
      tokens: await store.load('tokens'),
      deviceTokens: await store.load('device-tokens'),
      fleetTokens: await store.load('fleet-tokens'),
      blocks: await store.load('blocks'),
    }));
    admins.learnAll(stored.tokens);
    devices.learnAll(stored.deviceTokens);
    fleet.learnAll(stored.fleetTokens);
    blocks.learnAll(stored.blocks);
  }

  /** Reloads the fleet tokens alone. */
  async reloadFleet(fleet: FleetTokens): Promise<void> {
    const { store } = this;
    fleet.learnAll(await this.#writes.read(store, () => store.load('fleet-tokens')));
  }
}

function holdsTokens(collection: Collection): collection is TokenCollection {
  return (COLLECTIONS as readonly string[]).includes(collection);
}
