import type { Logger } from 'pino';
import type { CommandOutput } from '../../machines/command.ts';
import { type Audience, type Notification, type NotificationEvent, notification } from '../../machines/notification.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandEnding, CommandRecord } from '../protocol/commands.ts';
import type { CommandLedger, Learned } from './command-ledger.ts';
import { traceIdIn } from './command-traces.ts';
import type { LeaseCheck } from './device-context.ts';
import { type Asker, type LedgerEntry, notificationOf } from './ledger-entry.ts';

/**
 * Called for every ended command once it is durable, and again if the asker `missed` it. Without an asker, another
 * instance notifies them. Returns whether the asker was reached.
 */
export type NotifyEnding = (record: CommandRecord, asker: Asker | undefined, missed: boolean) => boolean;

interface Deps {
  ledger: CommandLedger;
  /** Resolves once all records are durable, or cannot be for now. */
  committed(): Promise<void>;
  /** Null: there are no other instances. */
  cluster: { readonly me: string; isAlive(instance: string): boolean; checkLease: LeaseCheck } | null;
  notify: NotifyEnding;
  /** Called once for each command of a device held here that has ended, before admins are notified. */
  ended(record: CommandRecord): void;
  log: Pick<Logger, 'info'>;
  metrics: Pick<Metrics, 'commandEnded'>;
}

/** Records the endings of commands, and notifies those who wait for them. */
export class CommandEndings {
  readonly #deps: Deps;
  readonly #waiting = new Map<string, ((record: CommandRecord) => void)[]>();
  /** Ended commands that are not announced yet. */
  readonly #announcing = new Map<LedgerEntry, Promise<void>>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A command's statechart has reached its end. */
  ended(output: CommandOutput): void {
    const { ledger, committed, cluster, log, metrics } = this.#deps;
    const entry = ledger.ended(output);
    if (!entry) return;
    this.#deps.ended(entry.record);
    // Announced only once it is durable, and in a later turn: the asker must get the response to its request first.
    const announced = committed()
      .then(() => ledger.settled(entry, cluster !== null))
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      // Frozen since the record was read, this instance learns first whom others have notified.
      .then(() => cluster?.checkLease())
      .then(() => this.#announce(entry));
    this.#announcing.set(entry, announced);
    const { record } = entry;
    const { commandId, deviceId, command, status, attempts, durationMs } = record;
    metrics.commandEnded(command, status as CommandEnding, (durationMs ?? 0) / 1000);
    const facts = { deviceId, commandId, command, status, attempts, durationMs };
    log.info({ ...facts, ...traceIdIn(entry.traceparent) }, 'command ended');
  }

  /** The ledger has learned of a command's progress or ending at another instance. */
  learned({ entry, was }: Learned): void {
    const as = notificationOf(entry);
    if (as === 'pending') return;
    this.#resolve(entry.record);
    // Before it is announced here, nobody is notified.
    if (this.#announcing.has(entry)) return;
    const event = was === 'pending' ? 'ENDED' : 'LEARNED';
    this.#step(entry, was, { type: event, as, isOurs: this.#isOurs(entry) });
  }

  /**
   * The record; of an ended command, once it is announced: before, the ending may not be durable, or another instance
   * may have ended the command first.
   */
  settled(entry: LedgerEntry): CommandRecord | Promise<CommandRecord> {
    return this.#announcing.get(entry)?.then(() => entry.record) ?? entry.record;
  }

  /** Resolves with the record once the command has ended. */
  async of(entry: LedgerEntry): Promise<CommandRecord> {
    const record = await this.settled(entry);
    if (record.endedAt) return record;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(record.commandId) ?? [];
      this.#waiting.set(record.commandId, [...waiting, resolve]);
    });
  }

  /** Resolves once all commands ended so far are announced. */
  async announced(): Promise<void> {
    await Promise.all(this.#announcing.values());
  }

  /** That instance is gone, so its askers reconnect to others. */
  async instanceGone(instance: string): Promise<void> {
    const { ledger } = this.#deps;
    await this.#notifyLate(ledger.unnotifiedBy(instance));
    await ledger.secure(instance);
  }

  /** An admin has connected: notifies it of commands that ended while no socket of its token was connected. */
  async notifyMissed(tokenId: string): Promise<void> {
    await this.#notifyLate(this.#deps.ledger.unnotified(tokenId));
  }

  /** Another instance may have notified the asker without this one knowing. The store knows. */
  async #notifyLate(entries: readonly LedgerEntry[]): Promise<void> {
    const { ledger, cluster } = this.#deps;
    for (const entry of entries) {
      if (cluster) {
        const learned = await ledger.refresh(entry.record.commandId);
        if (learned) this.learned(learned);
        // As before an announcement.
        await cluster.checkLease();
      }
      if (this.#announcing.has(entry)) continue;
      this.#step(entry, notificationOf(entry), { type: 'RETRIED', isOurs: this.#isOurs(entry) });
    }
  }

  #announce(entry: LedgerEntry): void {
    this.#announcing.delete(entry);
    this.#resolve(entry.record);
    const as = notificationOf(entry);
    if (as !== 'pending') this.#step(entry, 'pending', { type: 'ENDED', as, isOurs: this.#isOurs(entry) });
  }

  #resolve(record: CommandRecord): void {
    for (const resolve of this.#waiting.get(record.commandId) ?? []) resolve(record);
    this.#waiting.delete(record.commandId);
  }

  /** Whether this instance may notify the asker: the one with its socket is this one, or gone, or found no socket. */
  #isOurs({ asker: { instance = null } }: LedgerEntry): boolean {
    const { cluster } = this.#deps;
    return instance === null || instance === cluster?.me || !cluster?.isAlive(instance);
  }

  /** The machine decides; its effects are carried out here. */
  #step(entry: LedgerEntry, was: Notification, event: NotificationEvent): void {
    const { is, actions } = notification(was, event);
    for (const { type, params } of actions) {
      if (type === 'record') this.#deps.ledger.noteNotification(entry, is as 'open' | 'notified');
      else this.#notify(entry, is, params as unknown as Audience);
    }
  }

  #notify(entry: LedgerEntry, is: Notification, { asker, watchers }: Audience): void {
    const reached = this.#deps.notify(entry.record, asker ? entry.asker : undefined, !watchers);
    // REST polls the result.
    if (asker) this.#step(entry, is, { type: reached || entry.asker.socketId === null ? 'REACHED' : 'MISSED' });
  }
}
