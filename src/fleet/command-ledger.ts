import type { Logger } from 'pino';
import type { CommandOutput, CommandProgress, CommandSpec } from '../../machines/command.ts';
import type { Notification } from '../../machines/notification.ts';
import { type Endings, NO_ENDINGS } from '../../machines/proof.ts';
import { type Clock, momentOf } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import { orUnavailable } from '../protocol/errors.ts';
import { CommandTraces } from './command-traces.ts';
import { time } from './document.ts';
import { type LedgerEntry, notificationOf, stage } from './ledger-entry.ts';

/**
 * Ended commands are held for repeated `commandId`s (SPEC C2) and for askers not notified yet: the newest of each, up
 * to this number. The store keeps all.
 */
const MAX_ENDED = 20_000;
/** The longest time a request waits for the check whether its commandId was used before. */
const LOOK_UP_TIMEOUT_MS = 250;
/** In a cluster, commands wait longer for the store rather than be reported wrongly or twice. */
export const SHARED_TIMEOUT_MS = 3000;
/** A lost instance may have sent its last messages this long before it was missed. */
const LAST_WORDS_MS = 30_000;

/** An entry of which another instance, or the store, knew more. `was`: where its notification stood before. */
export interface Learned {
  entry: LedgerEntry;
  was: Notification;
}

/** All pending and recently ended commands. Each step is recorded before it is published or sent. */
export class CommandLedger {
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #pending = new Map<string, Set<LedgerEntry>>();
  readonly #batches = new Map<string, Set<LedgerEntry>>();
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #endings = new Map<string, Endings>();
  /** The timestamps of a record as `clock.now()` times, which do not change when the wall clock is set. */
  readonly #moments = new WeakMap<LedgerEntry, Moments>();
  #order = 0;
  /** Ended commands, oldest first: those whose asker was notified, and the others. */
  readonly #notified = new Set<LedgerEntry>();
  readonly #unnotified = new Set<LedgerEntry>();
  /** Whether some ended commands exist only in the store. */
  #hasForgotten = false;
  readonly #changed: (entry: LedgerEntry) => void;
  readonly #traces = new CommandTraces();

  private constructor(
    store: StateStore,
    clock: Clock,
    log: Pick<Logger, 'warn'>,
    changed: (entry: LedgerEntry) => void,
  ) {
    this.#changed = changed;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** @param changed called for each step of each command here, for the other instances */
  static async load(
    store: StateStore,
    clock: Clock,
    log: Pick<Logger, 'warn'>,
    changed: (entry: LedgerEntry) => void,
  ): Promise<CommandLedger> {
    const ledger = new CommandLedger(store, clock, log, changed);
    for (const entry of await storedIn(store)) ledger.#insert(entry);
    return ledger;
  }

  /**
   * Applies an entry of another instance or the store, if it is further along than the known one. Undefined: it is not.
   */
  learn(said: LedgerEntry): Learned | undefined {
    const known = this.#entries.get(said.record.commandId);
    if (!known) {
      const entry = { ...said, order: Math.max(said.order, this.#order + 1) };
      this.#insert(entry);
      return { entry, was: 'pending' };
    }
    // Two instances that were cut off from each other may both have ended it. As in the store, the first one counts.
    const [ours, theirs] = [known.record.endedAt, said.record.endedAt];
    if (ours !== undefined && theirs !== undefined && theirs < ours) {
      known.record = said.record;
      this.#moments.delete(known);
    }
    if (stage(said) <= stage(known)) return undefined;
    const was = notificationOf(known);
    Object.assign(known, { ...said, order: known.order });
    this.#moments.delete(known);
    if (known.record.endedAt === undefined) return { entry: known, was };
    if (was === 'pending') this.#hasEnded(known);
    else if (known.told) this.#moveToNotified(known);
    return { entry: known, was };
  }

  /** Applies what other instances have stored. Returns what was further along. */
  async reload(): Promise<Learned[]> {
    return (await storedIn(this.#store)).flatMap((entry) => this.learn(entry) ?? []);
  }

  get pendingCount(): number {
    return this.#entries.size - this.#notified.size - this.#unnotified.size;
  }

  get(commandId: string): LedgerEntry | undefined {
    return this.#entries.get(commandId);
  }

  /**
   * Like `get`, but also finds older commands in the store.
   * @throws VigiaError `unavailable` if they cannot be read
   */
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
   * All entries of a request's `commandId`, including those only in the store. Undefined: all are held here. A slow or
   * unreachable store does not delay the request: what it does not return in time counts as unknown.
   */
  recall(commandId: string): Promise<LedgerEntry[]> | undefined {
    const held = this.#entries.get(commandId);
    if (held || !this.#hasForgotten || !this.#store.healthy) return undefined;
    return withTimeout(this.#clock, LOOK_UP_TIMEOUT_MS, this.#store.find<LedgerEntry>('commands', commandId), (err) => {
      this.#log.warn({ err, commandId }, 'a commandId could not be looked up in time: it counts as new');
      return [];
    });
  }

  /** The held entries of a request's `commandId`: one command, or one per device. */
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

  /** When the device's sent commands ended, as far as they are held. */
  endingsOf(deviceId: string): Endings {
    return this.#endings.get(deviceId) ?? NO_ENDINGS;
  }

  /** Endings of this token's commands that nobody was notified of. */
  unnotified(tokenId: string): LedgerEntry[] {
    return [...this.#unnotified].filter(({ asker }) => asker.tokenId === tokenId);
  }

  /** Endings that this instance should have notified its askers of. */
  unnotifiedBy(instance: string): LedgerEntry[] {
    return [...this.#unnotified].filter(({ asker }) => asker.instance === instance);
  }

  accept(entry: Omit<LedgerEntry, 'order' | 'told' | 'progress' | 'sentAt'>): LedgerEntry {
    const progress: CommandProgress = { status: 'queued', attempt: 0, baseline: null, leftMs: entry.spec.ttlMs };
    const accepted: LedgerEntry = { ...entry, progress, told: false, sentAt: [], order: this.#order + 1 };
    this.#traces.accepted(accepted);
    this.#insert(accepted);
    return this.#put(accepted);
  }

  progressed(commandId: string, progress: CommandProgress): LedgerEntry | undefined {
    const entry = this.#entries.get(commandId);
    if (!entry || entry.record.endedAt) return undefined;
    const { status, attempt, leftMs } = progress;
    const now = this.#clock.now();
    const deadlineAt = leftMs === null ? null : time(this.#clock.wall(now + leftMs));
    const isSent = attempt > entry.record.attempts;
    if (isSent) entry.sentAt = [...entry.sentAt, this.#clock.wall(now)];
    this.#momentsOf(entry).deadlineAt = leftMs === null ? undefined : now + leftMs;
    entry.record = { ...entry.record, status, attempts: attempt, deadlineAt };
    entry.progress = progress;
    this.#traces.progressed(entry, isSent);
    return this.#put(entry);
  }

  /** Only the first ending counts. Other instances are notified once it is `settled`. */
  ended({ commandId, ...output }: CommandOutput): LedgerEntry | undefined {
    const entry = this.#entries.get(commandId);
    if (!entry || entry.record.endedAt) return undefined;
    const now = this.#clock.now();
    const durationMs = now - this.#momentsOf(entry).acceptedAt;
    entry.record = { ...entry.record, ...output, deadlineAt: null, endedAt: time(this.#clock.wall(now)), durationMs };
    this.#momentsOf(entry).endedAt = now;
    this.#traces.ended(entry);
    this.#hasEnded(entry);
    this.#store.put('commands', commandId, { ...entry });
    return entry;
  }

  /**
   * Makes the ending final. If two instances ended the command while cut off from each other, the ending stored first
   * counts. If the other instance sent the command, it can only have timed out here. `isShared`: there are other
   * instances. A store that cannot be read in time is skipped.
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
        this.#moveToNotified(entry);
      }
    }
    this.#changed({ ...entry });
  }

  /** Applies the stored entry if it is further along. Undefined: it is not. */
  async refresh(commandId: string): Promise<Learned | undefined> {
    const stored = await this.#stored(commandId);
    return stored && this.learn(stored);
  }

  /** Undefined also if the store cannot be read now. */
  async #stored(commandId: string): Promise<LedgerEntry | undefined> {
    if (!this.#store.healthy) return undefined;
    const reading = this.#store.find<LedgerEntry>('commands', commandId);
    const found = await withTimeout(this.#clock, SHARED_TIMEOUT_MS, reading, () => []);
    return found.find(({ record }) => record.commandId === commandId);
  }

  /** Copies of all commands that are pending or have just ended. */
  lately(): LedgerEntry[] {
    const all = [...this.#entries.values()];
    return all.filter((it) => it.record.endedAt === undefined || this.#hasJustEnded(it)).map((it) => ({ ...it }));
  }

  /** An instance is gone: its last endings, and whom it notified, may have been received here but not stored. */
  async secure(instance: string): Promise<void> {
    const last = [...this.#entries.values()].filter((it) => it.asker.instance === instance && this.#hasJustEnded(it));
    for (const entry of last) {
      const stored = await this.#stored(entry.record.commandId);
      if (!stored || stage(stored) < stage(entry)) this.#store.put('commands', entry.record.commandId, { ...entry });
    }
  }

  /** Records where the notification of an ending stands. */
  noteNotification(entry: LedgerEntry, is: 'open' | 'notified'): void {
    if (is === 'open') entry.asker = { ...entry.asker, instance: null };
    else {
      entry.told = true;
      this.#moveToNotified(entry);
    }
    this.#put(entry);
    // At once: if this process ends before it is written, the asker is notified again (SPEC K3).
    if (is === 'notified' && entry.asker.socketId !== null) this.#store.committed().catch(() => {});
  }

  /** Resumes with the time that was left of the current wait when the record was written. */
  resume(entry: LedgerEntry): { spec: CommandSpec; progress: CommandProgress } {
    const { progress, spec } = entry;
    const { deadlineAt } = this.#momentsOf(entry);
    if (deadlineAt === undefined) return { spec, progress };
    return { spec, progress: { ...progress, leftMs: Math.max(0, deadlineAt - this.#clock.now()) } };
  }

  /** For other instances' records, derived from the timestamps: no wait gets longer, no time is in the future. */
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
    this.#hold(entry.told ? this.#notified : this.#unnotified, entry);
  }

  #moveToNotified(entry: LedgerEntry): void {
    if (this.#unnotified.delete(entry)) this.#hold(this.#notified, entry);
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

  /** Holds an ending, and drops the oldest, which the store keeps. */
  #hold(endings: Set<LedgerEntry>, entry: LedgerEntry): void {
    if (endings.add(entry).size < MAX_ENDED) return;
    // The store may contain more endings than were loaded.
    this.#hasForgotten = true;
    if (endings.size === MAX_ENDED) return;
    const [oldest] = endings;
    if (oldest) this.#forget(oldest);
  }

  #forget(entry: LedgerEntry): void {
    this.#notified.delete(entry);
    this.#unnotified.delete(entry);
    this.#entries.delete(entry.record.commandId);
    const { deviceId } = entry.record;
    if (this.#momentsOf(entry).endedAt >= this.endingsOf(deviceId).lastAt) this.#endings.delete(deviceId);
    if (!entry.batch) return;
    const batch = this.#batches.get(entry.batch);
    batch?.delete(entry);
    if (batch?.size === 0) this.#batches.delete(entry.batch);
  }
}

/** In order of acceptance. Entries of earlier versions lack the time of each attempt. */
async function storedIn(store: StateStore): Promise<LedgerEntry[]> {
  const stored = [...(await store.load<LedgerEntry>('commands')).values()].sort((a, b) => a.order - b.order);
  for (const entry of stored) {
    if (!Array.isArray(entry.sentAt)) entry.sentAt = [];
  }
  return stored;
}

interface Moments {
  acceptedAt: number;
  /** When the current wait is over. */
  deadlineAt: number | undefined;
  /** Meaningless while the command is pending. */
  endedAt: number;
}
