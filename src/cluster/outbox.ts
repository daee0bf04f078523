import type { Logger } from 'pino';
import type { TokenNews } from '../access/shared-tokens.ts';
import type { LedgerEntry } from '../fleet/command-ledger.ts';
import { time } from '../fleet/document.ts';
import type { DeviceRecord } from '../fleet/surroundings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Head, OwnedRecord, Registry } from '../ports/registry.ts';
import type { Update } from '../protocol/document.ts';
import { encode, type News } from './news.ts';

/** What waits to be written and told of one device. */
interface Due {
  epoch: number;
  /** Undefined: what was to be told is lost, and the whole document takes its place. */
  updates: Update[] | undefined;
}

/** A message at least this often, so that a lost one is noticed. */
const BEAT_MS = 1000;
const MAX_DEVICES = 400;

export interface OutboxDeps {
  me: string;
  registry: Registry;
  clock: Clock;
  log: Logger;
  /** What is held here. */
  record(id: string): DeviceRecord | undefined;
  /** False: it was taken while the registry was away, and another one may have taken it, too. */
  isClaimed(id: string): boolean;
  claimed(ids: Iterable<string>): void;
  /** Devices that are not ours any more, or ours with a later epoch than we knew, or with versions that others gave. */
  refused(owned: readonly Head[]): void;
}

/**
 * Everything that leaves for the registry and for the other instances: gathered for a moment, written and published in
 * one step, so that what was heard of a device can always be read, too. While the registry is away one record a device
 * waits, and what was to be told of it becomes the whole document.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #due = new Map<string, Due>();
  #commands: LedgerEntry[] = [];
  #tokens: TokenNews[] = [];
  #sequence = 0;
  #sentAt = 0;
  #sending: Promise<void> | undefined;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Sends what was collected, and something at least once a second. */
  tick(): void {
    if (this.#hasNews || this.#deps.clock.now() - this.#sentAt >= BEAT_MS) void this.flush();
  }

  changed(update: Update, epoch: number): void {
    const due = this.#due.get(update.deviceId);
    if (!due) this.#due.set(update.deviceId, { epoch, updates: [update] });
    else {
      due.epoch = epoch;
      // What is whole is made when it leaves; but of a removed device nothing is left to make it from.
      if (due.updates) due.updates.push(update);
      else if ('deleted' in update) due.updates = [update];
    }
  }

  /** To be written again, though nothing has changed: the registry has lost it. */
  rewrite(id: string, epoch: number): void {
    if (!this.#due.has(id)) this.#due.set(id, { epoch, updates: [] });
  }

  /** It is in other hands. */
  forget(id: string): void {
    this.#due.delete(id);
  }

  command(entry: LedgerEntry): void {
    this.#commands.push(entry);
  }

  token(news: TokenNews): void {
    this.#tokens.push(news);
  }

  /** Sends what there is; resolves once it has left, or cannot. One at a time. */
  flush(last: Pick<News, 'left'> = {}): Promise<void> {
    if (this.#sending) return last.left ? this.#sending.then(() => this.flush(last)) : this.#sending;
    this.#sending = this.#sendAll(last).finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  get #hasNews(): boolean {
    return this.#due.size > 0 || this.#commands.length > 0 || this.#tokens.length > 0;
  }

  async #sendAll(last: Pick<News, 'left'>): Promise<void> {
    while (this.#hasNews) if (!(await this.#sendSome())) return;
    const { clock, me, registry } = this.#deps;
    if (last.left || clock.now() - this.#sentAt >= BEAT_MS) {
      const news = { from: me, sequence: this.#sequence, isBeat: true, ...last } as const;
      this.#sentAt = clock.now();
      await registry.write([], encode(news)).catch(() => {});
    }
  }

  async #sendSome(): Promise<boolean> {
    const { me, clock, registry, refused } = this.#deps;
    const taken = new Map([...this.#due].slice(0, MAX_DEVICES));
    for (const id of taken.keys()) this.#due.delete(id);
    try {
      await this.#claim(taken);
    } catch (error) {
      this.#putBack(taken, error);
      return false;
    }
    const changes: News['changes'] = [];
    const records: OwnedRecord[] = [];
    for (const [id, due] of taken) this.#gather(id, due, changes, records);
    const news: News = { from: me, sequence: ++this.#sequence };
    if (changes.length > 0) news.changes = changes;
    if (this.#commands.length > 0) news.commands = this.#commands;
    if (this.#tokens.length > 0) news.tokens = this.#tokens;
    // Those of a message that is lost are not sent again: the others see the gap, and read them where they are stored.
    this.#commands = [];
    this.#tokens = [];
    this.#sentAt = clock.now();
    try {
      const others = await registry.write(records, encode(news));
      if (others.length > 0) refused(others);
      return true;
    } catch (error) {
      this.#putBack(taken, error);
      return false;
    }
  }

  /** What was taken without the registry is written before anybody is told of it: another one may have been first. */
  async #claim(taken: ReadonlyMap<string, Due>): Promise<void> {
    const { registry, refused, isClaimed, claimed } = this.#deps;
    const late = [...taken].filter(([id]) => !isClaimed(id));
    if (late.length === 0) return;
    const records: OwnedRecord[] = [];
    for (const [id, due] of late) this.#gather(id, due, [], records);
    const others = await registry.write(records, undefined);
    claimed(late.map(([id]) => id));
    if (others.length > 0) refused(others);
  }

  #putBack(taken: ReadonlyMap<string, Due>, error: unknown): void {
    this.#deps.log.debug({ err: error, devices: taken.size }, 'the cluster could not be told; it is tried again');
    for (const [id, due] of taken) {
      // Of one that was removed meanwhile just that is left to be told.
      const newer = this.#due.get(id) ?? due;
      this.#due.set(id, this.#deps.record(id) ? { epoch: newer.epoch, updates: undefined } : newer);
    }
  }

  #gather(id: string, { epoch, updates }: Due, changes: [number, Update][], records: OwnedRecord[]): void {
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
