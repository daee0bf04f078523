import type { Logger } from 'pino';
import type { CommandOutput, CommandProgress, CommandSpec } from '../../machines/command.ts';
import { type Endings, NO_ENDINGS } from '../../machines/proof.ts';
import { type Clock, momentOf } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import { orUnavailable } from '../protocol/errors.ts';
import { time } from './document.ts';

/** Who is to be told of the ending. */
export interface Asker {
  tokenId: string;
  /** The admin socket that asked; null: REST, where the answer is fetched. */
  socketId: string | null;
  /** The instance that holds that socket, and is to tell it; null: whichever holds one of this token. */
  instance?: string | null;
}

/** A command as it is kept: what is told of it, and what its actor goes on from. */
export interface LedgerEntry {
  record: CommandRecord;
  spec: CommandSpec;
  progress: CommandProgress;
  asker: Asker;
  /** The `commandId` of a request for many devices, which names all their commands; null: it was for this one. */
  batch: string | null;
  /** Has the asker been told of the ending? */
  told: boolean;
  /** Orders entries by acceptance, across restarts. */
  order: number;
  /** The device's group when it was asked for. */
  group: string | null;
  /** When each attempt was recorded as sent, in milliseconds since the epoch. */
  sentAt: readonly number[];
}

/**
 * Ended commands are held for a repeated `commandId` (SPEC C2), and those whose asker is not there to be told of: so many
 * of each, the newest. The store keeps the others.
 */
const MAX_ENDED = 20_000;
/** A request never waits longer to know whether its commandId was used before. */
const LOOK_UP_PATIENCE_MS = 250;
/** Where others may have sent or ended it, a command rather waits a little than to be told untruly, or twice. */
export const SHARED_PATIENCE_MS = 3000;
/** So long before an instance was missed it may have spoken last. */
const LAST_WORDS_MS = 30_000;

export interface LedgerListeners {
  /** Each step of each command here, for the other instances. */
  changed(entry: LedgerEntry): void;
  /** What was not known here of a command: another instance said it, or the store. */
  learned(entry: LedgerEntry): void;
}

/** Every command of the fleet, pending and lately ended, recorded before anything is told or sent of it. */
export class CommandLedger {
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #pending = new Map<string, Set<LedgerEntry>>();
  readonly #batches = new Map<string, Set<LedgerEntry>>();
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #endings = new Map<string, Endings>();
  /** What the stamps of a record mean by this process's clock, however the wall clock is set from now on. */
  readonly #moments = new WeakMap<LedgerEntry, Moments>();
  #order = 0;
  /** Ended, oldest first: those that the asker knows of, and those that it does not. */
  readonly #settled = new Set<LedgerEntry>();
  readonly #untold = new Set<LedgerEntry>();
  /** Some endings are only in the store. */
  #hasForgotten = false;
  readonly #changed: LedgerListeners['changed'];
  readonly #learned: LedgerListeners['learned'];

  private constructor(store: StateStore, clock: Clock, log: Pick<Logger, 'warn'>, listeners: LedgerListeners) {
    this.#changed = listeners.changed;
    this.#learned = listeners.learned;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  static async load(
    store: StateStore,
    clock: Clock,
    log: Pick<Logger, 'warn'>,
    listeners: LedgerListeners,
  ): Promise<CommandLedger> {
    const ledger = new CommandLedger(store, clock, log, listeners);
    for (const entry of await storedIn(store)) ledger.#insert(entry);
    return ledger;
  }

  /** What another instance says, or the store: taken if it goes further than what is known. */
  learn(said: LedgerEntry): void {
    const known = this.#entries.get(said.record.commandId);
    if (!known) {
      const entry = { ...said, order: Math.max(said.order, this.#order + 1) };
      this.#insert(entry);
      this.#learned(entry);
      return;
    }
    // Two instances may have ended it, each cut off from the other: the first one stays, as in the store.
    const [ours, theirs] = [known.record.endedAt, said.record.endedAt];
    if (ours !== undefined && theirs !== undefined && theirs < ours) {
      known.record = said.record;
      this.#moments.delete(known);
    }
    if (stage(said) <= stage(known)) return;
    const endsNow = said.record.endedAt !== undefined && known.record.endedAt === undefined;
    Object.assign(known, { ...said, order: known.order });
    this.#moments.delete(known);
    if (endsNow) this.#hasEnded(known);
    else if (known.told) this.#settle(known);
    this.#learned(known);
  }

  /** Takes in what is stored by now: what other instances have left. */
  async reload(): Promise<void> {
    for (const entry of await storedIn(this.#store)) this.learn(entry);
  }

  get pendingCount(): number {
    return this.#entries.size - this.#settled.size - this.#untold.size;
  }

  get(commandId: string): LedgerEntry | undefined {
    return this.#entries.get(commandId);
  }

  /** The same for one that ended too long ago to be held here. @throws VigiaError `unavailable` when it cannot be read */
  async find(commandId: string): Promise<LedgerEntry | undefined> {
    const known = this.get(commandId);
    if (known) return known;
    const found = await orUnavailable(
      () => this.#store.find<LedgerEntry>('commands', commandId),
      'Older commands cannot be looked up now.',
      (error) => this.#log.warn({ err: error, commandId }, 'a command cannot be looked up'),
    );
    return found.find(({ record }) => record.commandId === commandId);
  }

  /**
   * What was accepted under the `commandId` of a request, those that ended too long ago to be held here included; undefined:
   * all of that is held. A store that is slow or away delays nobody: what it does not say in time counts as not known.
   */
  recall(commandId: string): Promise<LedgerEntry[]> | undefined {
    const held = this.#entries.get(commandId);
    if (held || !this.#hasForgotten || !this.#store.healthy) return undefined;
    return withTimeout(
      this.#clock,
      LOOK_UP_PATIENCE_MS,
      this.#store.find<LedgerEntry>('commands', commandId),
      (err) => {
        this.#log.warn({ err, commandId }, 'a commandId could not be looked up in time: it counts as new');
        return [];
      },
    );
  }

  /** What was accepted under the `commandId` of a request: one command, or those for many devices. */
  named(commandId: string): LedgerEntry[] {
    const one = this.#entries.get(commandId);
    return one ? [one] : [...(this.#batches.get(commandId) ?? [])];
  }

  /** Newest first. */
  ofDevice(deviceId: string): LedgerEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.record.deviceId === deviceId).reverse();
  }

  /** In the order of acceptance. */
  pendingOf(deviceId: string): LedgerEntry[] {
    return [...(this.#pending.get(deviceId) ?? [])];
  }

  /** Of the commands that were sent, as far as they are held. */
  endingsOf(deviceId: string): Endings {
    return this.#endings.get(deviceId) ?? NO_ENDINGS;
  }

  /** Endings that nobody was there to be told of. */
  untold(tokenId: string): LedgerEntry[] {
    return [...this.#untold].filter(({ asker }) => asker.tokenId === tokenId);
  }

  /** Endings that this instance was to tell of, and has not. */
  untoldBy(instance: string): LedgerEntry[] {
    return [...this.#untold].filter(({ asker }) => asker.instance === instance);
  }

  accept(entry: Omit<LedgerEntry, 'order' | 'told' | 'progress' | 'sentAt'>): LedgerEntry {
    const progress: CommandProgress = { status: 'queued', attempt: 0, baseline: null, leftMs: entry.spec.ttlMs };
    const accepted = { ...entry, progress, told: false, sentAt: [], order: this.#order + 1 };
    this.#insert(accepted);
    return this.#put(accepted);
  }

  progressed(commandId: string, progress: CommandProgress): LedgerEntry | undefined {
    const entry = this.#entries.get(commandId);
    if (!entry || entry.record.endedAt) return undefined;
    const { status, attempt, leftMs } = progress;
    const now = this.#clock.now();
    const deadlineAt = leftMs === null ? null : time(this.#clock.wall(now + leftMs));
    if (attempt > entry.record.attempts) entry.sentAt = [...entry.sentAt, this.#clock.wall(now)];
    this.#momentsOf(entry).deadlineAt = leftMs === null ? undefined : now + leftMs;
    entry.record = { ...entry.record, status, attempts: attempt, deadlineAt };
    entry.progress = progress;
    return this.#put(entry);
  }

  /** The first ending counts; there is no second. The other instances are told once it is `settled`. */
  ended({ commandId, ...output }: CommandOutput): LedgerEntry | undefined {
    const entry = this.#entries.get(commandId);
    if (!entry || entry.record.endedAt) return undefined;
    const now = this.#clock.now();
    const durationMs = now - this.#momentsOf(entry).acceptedAt;
    entry.record = { ...entry.record, ...output, deadlineAt: null, endedAt: time(this.#clock.wall(now)), durationMs };
    this.#momentsOf(entry).endedAt = now;
    this.#hasEnded(entry);
    this.#store.put('commands', commandId, { ...entry });
    return entry;
  }

  /**
   * Of two instances, each cut off from the other, both may have ended it: the ending that was stored first is the one, and
   * is taken here, too. And what the other one has sent can only have ended as a timeout here. `isShared`: there are
   * others. A store that cannot be read in time delays nobody.
   */
  async settled(entry: LedgerEntry, isShared: boolean): Promise<void> {
    let first = isShared ? await this.#stored(entry.record.commandId) : undefined;
    if (first && !first.record.endedAt && first.record.attempts > entry.record.attempts) {
      const { message: _, ...record } = entry.record;
      entry.record = { ...record, status: 'timeout', attempts: first.record.attempts };
      entry.sentAt = first.sentAt;
      this.#store.put('commands', record.commandId, { ...entry });
      await this.#store.committed().catch(() => {});
      first = await this.#stored(entry.record.commandId);
    }
    if (first?.record.endedAt) {
      entry.record = first.record;
      if (first.told && !entry.told) {
        entry.told = true;
        this.#settle(entry);
      }
    }
    this.#changed({ ...entry });
  }

  /** Takes in what is stored of one by now, where that goes further. */
  async refresh(commandId: string): Promise<void> {
    const stored = await this.#stored(commandId);
    if (stored) this.learn(stored);
  }

  /** Undefined, too, where that cannot be read now. */
  async #stored(commandId: string): Promise<LedgerEntry | undefined> {
    if (!this.#store.healthy) return undefined;
    const reading = this.#store.find<LedgerEntry>('commands', commandId);
    const found = await withTimeout(this.#clock, SHARED_PATIENCE_MS, reading, () => []);
    return found.find(({ record }) => record.commandId === commandId);
  }

  /** Those that are pending or have ended a moment ago, as they are now. */
  lately(): LedgerEntry[] {
    const all = [...this.#entries.values()];
    return all.filter((it) => it.record.endedAt === undefined || this.#hasJustEnded(it)).map((it) => ({ ...it }));
  }

  /** That instance is gone, and its last words may have been heard here and not have come to the store. */
  async secure(instance: string): Promise<void> {
    const last = [...this.#entries.values()].filter((it) => it.asker.instance === instance && this.#hasJustEnded(it));
    for (const entry of last) {
      if (!(await this.#stored(entry.record.commandId)))
        this.#store.put('commands', entry.record.commandId, { ...entry });
    }
  }

  told(entry: LedgerEntry): void {
    entry.told = true;
    this.#settle(entry);
    this.#put(entry);
  }

  /** Who asked is not where they were: whichever instance they come to next is to tell them. */
  missed(entry: LedgerEntry): void {
    if (!entry.asker.instance) return;
    entry.asker = { ...entry.asker, instance: null };
    this.#put(entry);
  }

  /** What is left of the wait that was under way when the record was written. */
  resume(entry: LedgerEntry): { spec: CommandSpec; progress: CommandProgress } {
    const { progress, spec } = entry;
    const { deadlineAt } = this.#momentsOf(entry);
    if (deadlineAt === undefined) return { spec, progress };
    return { spec, progress: { ...progress, leftMs: Math.max(0, deadlineAt - this.#clock.now()) } };
  }

  /** Of a record from elsewhere they are made of its stamps: no wait is then longer than it was, and nothing is yet to come. */
  #momentsOf(entry: LedgerEntry): Moments {
    const known = this.#moments.get(entry);
    if (known) return known;
    const { record, progress } = entry;
    const left = record.deadlineAt === null ? undefined : Date.parse(record.deadlineAt) - this.#clock.wall();
    const moments: Moments = {
      acceptedAt: momentOf(this.#clock, record.requestedAt),
      deadlineAt: left === undefined ? undefined : this.#clock.now() + Math.min(left, progress.leftMs ?? left),
      endedAt: momentOf(this.#clock, record.endedAt ?? record.requestedAt),
    };
    this.#moments.set(entry, moments);
    return moments;
  }

  #hasJustEnded(entry: LedgerEntry): boolean {
    return entry.record.endedAt !== undefined && this.#clock.now() - this.#momentsOf(entry).endedAt < LAST_WORDS_MS;
  }

  #hasEnded(entry: LedgerEntry): void {
    const { deviceId, status, attempts } = entry.record;
    this.#pending.get(deviceId)?.delete(entry);
    if (attempts > 0) {
      const [at, { lastAt, silentAt }] = [this.#momentsOf(entry).endedAt, this.endingsOf(deviceId)];
      const silent = status === 'timeout' ? Math.max(at, silentAt) : silentAt;
      this.#endings.set(deviceId, { lastAt: Math.max(at, lastAt), silentAt: silent });
    }
    this.#hold(entry.told ? this.#settled : this.#untold, entry);
  }

  #settle(entry: LedgerEntry): void {
    if (this.#untold.delete(entry)) this.#hold(this.#settled, entry);
  }

  #insert(entry: LedgerEntry): void {
    const { commandId, deviceId, endedAt } = entry.record;
    this.#entries.set(commandId, entry);
    this.#momentsOf(entry);
    this.#order = Math.max(this.#order, entry.order);
    if (entry.batch) this.#batches.set(entry.batch, (this.#batches.get(entry.batch) ?? new Set()).add(entry));
    if (endedAt) this.#hasEnded(entry);
    else {
      const pending = this.#pending.get(deviceId) ?? new Set();
      this.#pending.set(deviceId, pending.add(entry));
    }
  }

  #put(entry: LedgerEntry): LedgerEntry {
    const written = { ...entry };
    this.#store.put('commands', entry.record.commandId, written);
    this.#changed(written);
    return entry;
  }

  /** An ending is held, and the oldest is left to the store. */
  #hold(endings: Set<LedgerEntry>, entry: LedgerEntry): void {
    if (endings.add(entry).size < MAX_ENDED) return;
    // The store may have more of them than were loaded.
    this.#hasForgotten = true;
    if (endings.size === MAX_ENDED) return;
    const [oldest] = endings;
    if (oldest) this.#forget(oldest);
  }

  #forget(entry: LedgerEntry): void {
    this.#settled.delete(entry);
    this.#untold.delete(entry);
    this.#entries.delete(entry.record.commandId);
    const { deviceId } = entry.record;
    if (this.#momentsOf(entry).endedAt >= this.endingsOf(deviceId).lastAt) this.#endings.delete(deviceId);
    if (!entry.batch) return;
    const batch = this.#batches.get(entry.batch);
    batch?.delete(entry);
    if (batch?.size === 0) this.#batches.delete(entry.batch);
  }
}

/** In their order. Entries of earlier versions do not say when each attempt was sent. */
async function storedIn(store: StateStore): Promise<LedgerEntry[]> {
  const stored = [...(await store.load<LedgerEntry>('commands')).values()].sort((a, b) => a.order - b.order);
  for (const entry of stored) {
    if (!Array.isArray(entry.sentAt)) entry.sentAt = [];
  }
  return stored;
}

interface Moments {
  acceptedAt: number;
  /** When the wait that is under way is over. */
  deadlineAt: number | undefined;
  /** Of a pending one without a meaning. */
  endedAt: number;
}

/** How far a command has come; later is more. */
function stage({ record, told, asker, progress }: LedgerEntry): number {
  if (record.endedAt) return 1e6 + (told ? 2 : asker.instance ? 0 : 1);
  return record.attempts * 10 + ['queued', 'sent', 'verifying'].indexOf(progress.status);
}
