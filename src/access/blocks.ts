import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Blocked } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

const COLLECTION = 'blocks';
const MAX_BLOCKS = 20_000;

/** A blocked device id. The device itself may not exist. */
export type BlockedId = Blocked & { id: string };

/** Called for each id that is blocked or (undefined) unblocked. */
export type BlockChanged = (id: string, blocked: Blocked | undefined) => void;

/** The blocked device ids: refused with any token until an operator unblocks them. Shared by all instances. */
export class Blocks {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #blocks = new Map<string, Blocked>();
  readonly #changed: BlockChanged;
  readonly #removals = new PendingChanges<Blocked | undefined>();

  static async load(store: StateStore, clock: Clock, changed: BlockChanged): Promise<Blocks> {
    return new Blocks(store, clock, await store.load<Blocked>(COLLECTION), changed);
  }

  private constructor(store: StateStore, clock: Clock, records: ReadonlyMap<string, Blocked>, changed: BlockChanged) {
    this.#store = store;
    this.#clock = clock;
    this.#changed = changed;
    for (const [id, record] of records) this.#blocks.set(id, record);
  }

  get(id: string): Blocked | undefined {
    return this.#blocks.get(id);
  }

  /** Ordered by id. */
  list(): BlockedId[] {
    const all = [...this.#blocks].map(([id, blocked]) => ({ id, ...blocked }));
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * Blocks the id at once, also if it cannot be stored yet. Resolves once that is durable. Blocking again replaces the
   * reason.
   * @throws VigiaError `conflict` if too many ids are blocked; `unavailable` if it cannot be stored
   */
  async add(id: string, by: string, reason: string | undefined): Promise<Blocked> {
    if (this.#blocks.size >= MAX_BLOCKS && !this.#blocks.has(id)) {
      throw new VigiaError('conflict', `There are ${MAX_BLOCKS} blocked ids already; undo some that are not needed.`);
    }
    checkWritable(this.#store);
    const since = this.#blocks.get(id)?.since ?? new Date(this.#clock.wall()).toISOString();
    const blocked: Blocked = { since, by, ...(reason !== undefined && { reason }) };
    this.#set(id, blocked);
    this.#store.put(COLLECTION, id, blocked);
    await durable(this.#store);
    return blocked;
  }

  /**
   * Unblocks the id once that is durable. False if it was not blocked.
   * @throws VigiaError `unavailable`; the id stays blocked
   */
  async remove(id: string): Promise<boolean> {
    const was = this.#blocks.get(id);
    if (!was) return false;
    checkWritable(this.#store);
    this.#store.put(COLLECTION, id, undefined);
    const change = { was, is: undefined, stored: durable(this.#store) };
    // Blocked again meanwhile: that was stored later, and counts.
    const isLast = () => this.#blocks.get(id) === was;
    await this.#removals.settle(id, change, (previous) => isLast() && this.#store.put(COLLECTION, id, previous));
    if (isLast()) this.#set(id, undefined);
    return true;
  }

  /** Another instance blocked the id, or unblocked it (no record). */
  learn(id: string, record: unknown): void {
    this.#set(id, (record as Blocked | null) ?? undefined);
  }

  /** @param newer ids of which newer records are known than these */
  learnAll(records: ReadonlyMap<string, unknown>, newer: ReadonlySet<string>): void {
    for (const id of [...this.#blocks.keys()]) if (!records.has(id) && !newer.has(id)) this.learn(id, undefined);
    for (const [id, record] of records) if (!newer.has(id)) this.learn(id, record);
  }

  #set(id: string, blocked: Blocked | undefined): void {
    const known = this.#blocks.get(id);
    if (known === blocked || (known && blocked && JSON.stringify(known) === JSON.stringify(blocked))) return;
    if (blocked) this.#blocks.set(id, blocked);
    else this.#blocks.delete(id);
    this.#changed(id, blocked);
  }
}
