import type { Logger } from 'pino';
import type { TokenChange } from '../access/shared-tokens.ts';
import type { DeviceRecord } from '../fleet/device-context.ts';
import { time } from '../fleet/document.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Head, OwnedRecord, Registry } from '../ports/registry.ts';
import type { Update } from '../protocol/document.ts';
import { encode, type ReplicationMessage } from './replication-message.ts';

/** The changes of one device that wait to be written and published. */
interface PendingChanges {
  epoch: number;
  /** Undefined: the updates are lost, and the whole document is published instead. */
  updates: Update[] | undefined;
}

/** Maximum interval between messages, so that receivers detect a lost last message. */
const HEARTBEAT_MS = 1000;
const MAX_DEVICES = 400;

export interface OutboxDeps {
  me: string;
  registry: Registry;
  clock: Clock;
  log: Logger;
  /** The record of a device held here. */
  record(id: string): DeviceRecord | undefined;
  /** False: the device was taken while the registry was unreachable, and another instance may have taken it too. */
  isClaimed(id: string): boolean;
  claimed(ids: Iterable<string>): void;
  /**
   * Devices that belong to another instance, have a later epoch than expected, or have versions that another instance
   * published.
   */
  refused(owned: readonly Head[]): void;
}

/**
 * Collects all changes for the registry and the other instances. Each batch is written and published in one step, so
 * that published changes can always be read. While the registry is unreachable, one entry per device waits, and its
 * updates are replaced by the whole document.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #pending = new Map<string, PendingChanges>();
  #commands: LedgerEntry[] = [];
  #tokens: TokenChange[] = [];
  #sequence = 0;
  #sentAt = 0;
  #sending: Promise<void> | undefined;
  /** The last message: whether it was published; and the devices in it, while it is under way. */
  #published = Promise.resolve(true);
  #underWay: ReadonlyMap<string, PendingChanges> = new Map();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Publishes collected changes, and a heartbeat once a second. */
  tick(): void {
    if (this.#hasPending || this.#deps.clock.now() - this.#sentAt >= HEARTBEAT_MS) void this.flush();
  }

  changed(update: Update, epoch: number): void {
    const due = this.#pending.get(update.deviceId);
    if (!due) this.#pending.set(update.deviceId, { epoch, updates: [update] });
    else {
      due.epoch = epoch;
      // A whole document is built when it is sent. For a removed device, the deletion itself must be kept.
      if (due.updates) due.updates.push(update);
      else if ('deleted' in update) due.updates = [update];
    }
  }

  /** Writes the record again without a change: the registry has lost it. */
  rewrite(id: string, epoch: number): void {
    if (!this.#pending.has(id)) this.#pending.set(id, { epoch, updates: [] });
  }

  /** The device belongs to another instance. */
  forget(id: string): void {
    this.#pending.delete(id);
  }

  command(entry: LedgerEntry): void {
    this.#commands.push(entry);
  }

  token(change: TokenChange): void {
    this.#tokens.push(change);
  }

  /** Publishes everything collected. Resolves when it is published or has failed. Runs one at a time. */
  flush(last: Pick<ReplicationMessage, 'left'> = {}): Promise<void> {
    if (this.#sending) return last.left ? this.#sending.then(() => this.flush(last)) : this.#sending;
    this.#sending = this.#sendAll(last).finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Resolves once the device's changes are published, or cannot be. Does not wait for those of other devices. */
  async published(id: string): Promise<void> {
    void this.flush();
    let last: Promise<boolean> | undefined;
    while (last !== this.#published && (this.#pending.has(id) || this.#underWay.has(id))) {
      last = this.#published;
      if (!(await last)) return;
    }
  }

  get #hasPending(): boolean {
    return this.#pending.size > 0 || this.#commands.length > 0 || this.#tokens.length > 0;
  }

  async #sendAll(last: Pick<ReplicationMessage, 'left'>): Promise<void> {
    do {
      while (this.#hasPending) {
        this.#published = this.#sendSome().finally(() => {
          this.#underWay = new Map();
        });
        if (!(await this.#published)) return;
      }
      if (!last.left && this.#deps.clock.now() - this.#sentAt < HEARTBEAT_MS) return;
      this.#published = this.#beat(last);
      await this.#published;
    } while (this.#hasPending && !last.left);
  }

  #beat(last: Pick<ReplicationMessage, 'left'>): Promise<boolean> {
    const { clock, me, registry } = this.#deps;
    const message = { from: me, sequence: this.#sequence, isBeat: true, ...last } as const;
    this.#sentAt = clock.now();
    return registry.write([], encode(message)).then(
      () => true,
      () => false,
    );
  }

  async #sendSome(): Promise<boolean> {
    const { me, clock, registry, refused } = this.#deps;
    const taken = new Map([...this.#pending].slice(0, MAX_DEVICES));
    for (const id of taken.keys()) this.#pending.delete(id);
    this.#underWay = taken;
    try {
      await this.#claim(taken);
    } catch (error) {
      this.#putBack(taken, error);
      return false;
    }
    const changes: ReplicationMessage['changes'] = [];
    const records: OwnedRecord[] = [];
    for (const [id, due] of taken) this.#gather(id, due, changes, records);
    const message: ReplicationMessage = { from: me, sequence: ++this.#sequence };
    if (changes.length > 0) message.changes = changes;
    if (this.#commands.length > 0) message.commands = this.#commands;
    if (this.#tokens.length > 0) message.tokens = this.#tokens;
    // Commands and tokens of a lost message are not sent again: receivers detect the gap and read them from the store.
    this.#commands = [];
    this.#tokens = [];
    this.#sentAt = clock.now();
    try {
      const others = await registry.write(records, encode(message));
      if (others.length > 0) refused(others);
      return true;
    } catch (error) {
      this.#putBack(taken, error);
      return false;
    }
  }

  /**
   * Devices taken without the registry are written before they are published, because another instance may have been
   * first.
   */
  async #claim(taken: ReadonlyMap<string, PendingChanges>): Promise<void> {
    const { registry, refused, isClaimed, claimed } = this.#deps;
    const late = [...taken].filter(([id]) => !isClaimed(id));
    if (late.length === 0) return;
    const records: OwnedRecord[] = [];
    for (const [id, due] of late) this.#gather(id, due, [], records);
    const others = await registry.write(records, undefined);
    claimed(late.map(([id]) => id));
    if (others.length > 0) refused(others);
  }

  #putBack(taken: ReadonlyMap<string, PendingChanges>, error: unknown): void {
    this.#deps.log.debug({ err: error, devices: taken.size }, 'publishing to the cluster failed; retrying');
    for (const [id, due] of taken) {
      // If the device was removed meanwhile, only its deletion must be published.
      const newer = this.#pending.get(id) ?? due;
      this.#pending.set(id, this.#deps.record(id) ? { epoch: newer.epoch, updates: undefined } : newer);
    }
  }

  #gather(id: string, { epoch, updates }: PendingChanges, changes: [number, Update][], records: OwnedRecord[]): void {
    const held = this.#deps.record(id);
    const last = updates?.at(-1);
    if (held) {
      const { version, document, edited } = held;
      const whole: Update = { deviceId: id, version, at: time(this.#deps.clock.wall()), document };
      for (const update of updates ?? [whole]) changes.push([epoch, update]);
      records.push({ id, epoch, version, record: JSON.stringify({ document, edited }) });
    } else if (last && 'deleted' in last) {
      changes.push([epoch, last]);
      records.push({ id, epoch, version: last.version, record: undefined });
    }
  }
}
