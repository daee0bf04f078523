import type { Collection, StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { AdminTokens } from './admin-tokens.ts';
import type { Blocks } from './blocks.ts';
import type { DeviceTokens } from './device-tokens.ts';
import type { FleetTokens } from './fleet-tokens.ts';

const COLLECTIONS = ['tokens', 'token-uses', 'device-tokens', 'fleet-tokens', 'blocks'] as const;
type TokenCollection = (typeof COLLECTIONS)[number];

/** Who may come in, as every instance must know it. */
export interface Access {
  admins: AdminTokens;
  devices: DeviceTokens;
  fleet: FleetTokens;
  blocks: Blocks;
}

/** A record of one of these that was written, or (null) removed. */
export type TokenNews = [collection: TokenCollection, key: string, record: unknown];

/** The store of tokens and blocks, for a process that is not the only one with them: what is written is told, too. */
export class SharedTokens {
  readonly store: StateStore;
  #tell: (news: TokenNews) => void = () => {};
  #told: () => Promise<void> = async () => {};
  readonly #writes = new WriteCount();

  constructor(store: StateStore) {
    this.store = {
      cleanStart: store.cleanStart,
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
        if (holdsTokens(collection)) this.#tell([collection, key, value ?? null]);
      },
      // Whoever gets a token may use it at once, and anywhere.
      committed: async () => {
        await store.committed();
        await this.#told();
      },
    };
  }

  /** `told` resolves once what was told so far has left. */
  tellTo(tell: (news: TokenNews) => void, told: () => Promise<void>): void {
    this.#tell = tell;
    this.#told = told;
  }

  /** Takes in what another instance wrote. */
  learn([collection, key, record]: TokenNews, { admins, devices, fleet, blocks }: Access): void {
    if (collection === 'tokens') admins.learn(key, record);
    else if (collection === 'token-uses') admins.learnUse(key, record);
    else if (collection === 'fleet-tokens') fleet.learn(key, record);
    else if (collection === 'blocks') blocks.learn(key, record);
    else devices.learn(key, record);
  }

  /** Takes in what is stored by now: others may have written, and their word of it been lost. */
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
}

function holdsTokens(collection: Collection): collection is TokenCollection {
  return (COLLECTIONS as readonly string[]).includes(collection);
}
