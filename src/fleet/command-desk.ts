import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CommandOutput } from '../../machines/command.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import {
  type CommandEnding,
  type CommandRecord,
  type CommandSummary,
  checkParams,
  endingFacts,
} from '../protocol/commands.ts';
import type { JsonObject, VersionedDocument } from '../protocol/document.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { Commands } from './api.ts';
import type { Asker, CommandLedger, LedgerEntry } from './command-ledger.ts';
import { commandSpec } from './command-spec.ts';
import type { DeviceHost } from './device-host.ts';
import { time } from './document.ts';
import type { Fleet } from './fleet.ts';
import { KEEPER } from './keepers.ts';
import { targetsOf } from './targets.ts';

export interface DeskSettings {
  commandTimeoutMs: number;
  commandRetries: number;
}

/**
 * Called for every ended command once it is durable, and again if the asker `missed` it. Without an asker, another
 * instance notifies them. Returns whether the asker was reached.
 */
export type NotifyEnding = (record: CommandRecord, asker: Asker | undefined, missed: boolean) => boolean;

/** A validated request, to be routed to the instances that hold the devices. */
export interface Order {
  request: Omit<SendCommand, 'deviceId' | 'deviceIds' | 'group' | 'all'>;
  params: JsonObject;
  /** The command's id. For a request for many devices, the id of the whole batch. */
  commandId: string;
  isBatch: boolean;
  requestedBy: string;
  asker: Asker;
}

/** Routes orders and cancellations to the instances that hold the devices. A single instance holds them all. */
export interface CommandRouter {
  /** This instance's id as recorded with the asker. */
  readonly instance: string | null;
  /** One summary per device, in the order of the ids. */
  accept(order: Order, deviceIds: readonly string[]): Promise<CommandSummary[]>;
  cancel(deviceId: string, commandId: string): Promise<void>;
  /** Whether that instance notifies its askers itself. */
  notifies(instance: string): boolean;
  get(id: string): VersionedDocument | undefined;
  all(): Iterable<VersionedDocument>;
}

/**
 * Accepts, looks up and answers commands.
 *
 * A command for many devices is one command per device. Its `commandId` names the batch; each device's command is
 * `<commandId>:<deviceId>`.
 */
export class CommandDesk implements Commands {
  readonly #ledger: CommandLedger;
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #settings: DeskSettings;
  readonly #waiting = new Map<string, ((record: CommandRecord) => void)[]>();
  /** Devices whose commands progressed at another instance. */
  readonly #resuming = new Set<DeviceHost>();
  /** Ended commands that are not announced yet. */
  readonly #announcing = new Map<LedgerEntry, Promise<void>>();
  /** Ended commands whose watchers have been notified. */
  readonly #announced = new WeakSet<LedgerEntry>();
  /** Requests wait for the look-ups of earlier requests, so that commands leave in the order of the requests (C3). */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #notify: NotifyEnding;
  readonly #endedHere: (record: CommandRecord) => void;
  readonly #flushOf: (deviceId: string) => void;
  #router: CommandRouter = {
    instance: null,
    accept: (order, deviceIds) => this.accept(order, deviceIds),
    cancel: (deviceId, commandId) => this.cancelHere(deviceId, commandId),
    notifies: () => false,
    get: (id) => this.#fleet.get(id),
    all: () => this.#fleet.all(),
  };

  constructor(deps: {
    ledger: CommandLedger;
    fleet: Fleet;
    clock: Clock;
    log: Logger;
    metrics: Metrics;
    settings: DeskSettings;
    /** Processes the device's waiting reports. */
    flushOf: (deviceId: string) => void;
    notify: NotifyEnding;
    /** Called once for each command sent from here that has ended, before admins are notified. */
    ended: (record: CommandRecord) => void;
  }) {
    this.#ledger = deps.ledger;
    this.#fleet = deps.fleet;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#metrics = deps.metrics;
    this.#settings = deps.settings;
    this.#flushOf = deps.flushOf;
    this.#notify = deps.notify;
    this.#endedHere = deps.ended;
  }

  routeBy(router: CommandRouter): void {
    this.#router = router;
  }

  /** @param continues a command of this id exists, and this request is for further devices */
  async send(
    request: SendCommand,
    by: Identity,
    socketId: string | null = null,
    continues = false,
  ): Promise<CommandSummary[]> {
    const params = checkParams(request.command, request.params);
    const known = await this.#inOrder(continues ? undefined : request.commandId);
    if (known.length > 0) {
      const { groups } = by;
      if (groups && !known.every(({ record }) => this.#isIn(groups, record.deviceId)))
        throw new VigiaError('conflict', 'There is a command with this id already.');
      await Promise.all(known.map((entry) => this.#settled(entry)));
      return known.map(summaryOf);
    }

    const { deviceId, deviceIds: _, group: __, filter: ___, all: ____, ...rest } = request;
    const order: Order = {
      request: rest,
      params,
      commandId: request.commandId ?? randomUUID(),
      isBatch: deviceId === undefined,
      requestedBy: by.name,
      asker: { tokenId: by.tokenId, socketId, instance: this.#router.instance },
    };
    const devices = () => this.#router.all();
    const targets = deviceId === undefined ? targetsOf(request, by, devices, this.#clock.wall()) : [deviceId];
    const summaries = await this.#acceptFor(by, order, targets);
    const { commandId } = order;
    this.#log.info({ by: by.name, command: request.command, commandId, devices: targets.length }, 'command accepted');
    return summaries;
  }

  /** Devices outside the token's groups are unknown to it. */
  async #acceptFor({ groups }: Identity, order: Order, targets: readonly string[]): Promise<CommandSummary[]> {
    const isSeen = (id: string) => !groups || this.#isIn(groups, id);
    const seen = targets.filter(isSeen);
    if (seen.length < targets.length && !order.isBatch) throw new VigiaError('device_unknown');
    const accepted = seen.length > 0 ? await this.#router.accept(order, seen) : [];
    if (seen.length === targets.length) return accepted;
    const error = publicError(new VigiaError('device_unknown'));
    const byDevice = new Map(accepted.map((it) => [it.deviceId, it]));
    return targets.map(
      (deviceId) =>
        byDevice.get(deviceId) ?? {
          commandId: `${order.commandId}:${deviceId}`,
          deviceId,
          status: 'undelivered' as const,
          error,
        },
    );
  }

  #isIn(groups: readonly string[], deviceId: string): boolean {
    const group = this.#router.get(deviceId)?.document.group;
    return group != null && groups.includes(group);
  }

  /**
   * For devices held here.
   * @throws VigiaError for a single device; in a batch, each summary has its own error
   */
  async accept(order: Order, deviceIds: readonly string[]): Promise<CommandSummary[]> {
    const summaries = deviceIds.map((deviceId): CommandSummary => {
      const commandId = order.isBatch ? `${order.commandId}:${deviceId}` : order.commandId;
      try {
        return this.#accept(order, commandId, deviceId);
      } catch (error) {
        if (!order.isBatch || !(error instanceof VigiaError)) throw error;
        return { commandId, deviceId, status: 'undelivered', error: publicError(error) };
      }
    });
    await this.#fleet.committed();
    return summaries.map((summary) => {
      const entry = this.#ledger.get(summary.commandId);
      return entry ? summaryOf(entry) : summary;
    });
  }

  async get(commandId: string): Promise<CommandRecord | undefined> {
    const entry = await this.#ledger.find(commandId);
    return entry && this.#settled(entry);
  }

  list(deviceId: string): CommandRecord[] {
    return this.#ledger.ofDevice(deviceId).map((entry) => entry.record);
  }

  async cancel(commandId: string): Promise<CommandRecord['status']> {
    const entry = await this.#entry(commandId);
    if (!entry.record.endedAt) await this.#router.cancel(entry.record.deviceId, commandId);
    return (await this.#settled(entry)).status;
  }

  async cancelHere(deviceId: string, commandId: string): Promise<void> {
    this.#fleet.find(deviceId)?.cancel(commandId);
    await this.#fleet.committed();
  }

  async ended(commandId: string): Promise<CommandRecord> {
    const record = await this.#settled(await this.#entry(commandId));
    if (record.endedAt) return record;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(commandId) ?? [];
      this.#waiting.set(commandId, [...waiting, resolve]);
    });
  }

  /** Resolves once all commands ended so far are announced. */
  async announced(): Promise<void> {
    await Promise.all(this.#announcing.values());
  }

  /** That instance is gone, so its askers reconnect to others. */
  async instanceGone(instance: string): Promise<void> {
    await this.#notifyLate(this.#ledger.unnotifiedBy(instance));
    await this.#ledger.secure(instance);
  }

  /** An admin has connected: notifies it of commands that ended while no socket of its token was connected. */
  async notifyMissed(tokenId: string): Promise<void> {
    await this.#notifyLate(this.#ledger.unnotified(tokenId));
  }

  /** Another instance may have notified the asker without this one knowing. The store knows. */
  async #notifyLate(entries: readonly LedgerEntry[]): Promise<void> {
    for (const entry of entries) {
      if (this.#isShared) await this.#ledger.refresh(entry.record.commandId);
      if (!entry.told && !this.#announcing.has(entry)) this.#notifyAsker(entry, true);
    }
  }

  get #isShared(): boolean {
    return this.#router.instance !== null;
  }

  /**
   * Another instance progressed or ended a command. If its device is held here by now, the actor must continue from the
   * record.
   */
  learned(entry: LedgerEntry): void {
    const { deviceId, commandId, endedAt } = entry.record;
    const host = this.#fleet.find(deviceId);
    if (host && (!endedAt || commandId in host.versioned.document.commands)) this.#resumeSoon(host);
    if (!endedAt) return;
    this.#resolve(entry.record);
    // Without an instance, the watchers were notified before, but the asker was not reached.
    this.#notifyAsker(entry, entry.asker.instance === null);
  }

  /** Once for all commands learned in this turn of the event loop. */
  #resumeSoon(host: DeviceHost): void {
    if (this.#resuming.size === 0) {
      setImmediate(() => {
        for (const it of this.#resuming) if (this.#fleet.find(it.id) === it) it.resume();
        this.#resuming.clear();
      });
    }
    this.#resuming.add(host);
  }

  /** The entries with this id, once all earlier requests are processed. */
  async #inOrder(commandId: string | undefined): Promise<LedgerEntry[]> {
    const recalled = commandId === undefined ? undefined : this.#ledger.recall(commandId);
    let old: LedgerEntry[] = [];
    const kept = recalled?.then((entries) => {
      old = entries;
    });
    if (kept) this.#queue = Promise.all([this.#queue, kept]);
    // No further waiting after this, or later requests would overtake this one.
    await this.#queue;
    if (commandId === undefined) return [];
    // Held entries are newer, and may have been added meanwhile.
    const all = [...old, ...this.#ledger.named(commandId)];
    return [...new Map(all.map((entry) => [entry.record.commandId, entry])).values()];
  }

  #accept(order: Order, commandId: string, deviceId: string): CommandSummary {
    const { request, params, requestedBy, asker } = order;
    const batch = order.isBatch ? order.commandId : null;
    const known = this.#ledger.get(commandId);
    if (known) return summaryOf(known);
    const host = this.#fleet.find(deviceId);
    if (!host) throw new VigiaError('device_unknown');
    if (!host.hasRoom) throw new VigiaError('queue_full');
    const spec = commandSpec(order, commandId, host.versioned.document, this.#settings);
    const requestedAt = time(this.#clock.wall());
    const entry = this.#ledger.accept({
      record: {
        commandId,
        deviceId,
        command: request.command,
        params,
        status: 'queued',
        attempts: 0,
        requestedBy,
        requestedAt,
        deadlineAt: null,
      },
      spec,
      asker,
      batch,
      group: host.versioned.document.group,
    });
    // Earlier reports must be part of the baseline that the command is compared with.
    this.#flushOf(deviceId);
    host.command(spec, asker.tokenId === KEEPER.tokenId ? undefined : requestedBy);
    return summaryOf(entry);
  }

  /** A command's statechart has reached its end. */
  commandEnded(output: CommandOutput): void {
    const entry = this.#ledger.ended(output);
    if (!entry) return;
    this.#endedHere(entry.record);
    // Announced only once it is durable, and in a later turn: the asker must get the response to its request first.
    const announced = this.#fleet
      .committed()
      .then(() => this.#ledger.settled(entry, this.#isShared))
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => this.#announce(entry));
    this.#announcing.set(entry, announced);
    const { record } = entry;
    const { commandId, deviceId, command, status, attempts, durationMs } = record;
    this.#metrics.commandEnded(command, status as CommandEnding, (durationMs ?? 0) / 1000);
    this.#log.info({ deviceId, commandId, command, status, attempts, durationMs }, 'command ended');
  }

  #announce(entry: LedgerEntry): void {
    this.#announcing.delete(entry);
    this.#resolve(entry.record);
    this.#notifyAsker(entry, false);
  }

  #resolve(record: CommandRecord): void {
    for (const resolve of this.#waiting.get(record.commandId) ?? []) resolve(record);
    this.#waiting.delete(record.commandId);
  }

  #notifyAsker(entry: LedgerEntry, missed: boolean): void {
    const { instance = null, socketId } = entry.asker;
    const isOurs = instance === this.#router.instance || instance === null || !this.#router.notifies(instance);
    const asker = isOurs && !entry.told ? entry.asker : undefined;
    const reached = this.#notify(entry.record, asker, missed || this.#announced.has(entry));
    this.#announced.add(entry);
    if (!isOurs || entry.told) return;
    if (reached || socketId === null) this.#ledger.notified(entry);
    else this.#ledger.missed(entry);
  }

  /**
   * Waits until an ended command is announced: before, the ending may not be durable, or another instance may have
   * ended the command first.
   */
  #settled(entry: LedgerEntry): CommandRecord | Promise<CommandRecord> {
    return this.#announcing.get(entry)?.then(() => entry.record) ?? entry.record;
  }

  async #entry(commandId: string): Promise<LedgerEntry> {
    const entry = await this.#ledger.find(commandId);
    if (!entry) throw new VigiaError('command_unknown', 'There is no command with this id.');
    return entry;
  }
}

/** Includes the ending: an asker that repeats its request may have missed it. */
function summaryOf({ record }: LedgerEntry): CommandSummary {
  const { commandId, deviceId, status } = record;
  if (!record.endedAt) return { commandId, deviceId, status };
  return { commandId, deviceId, status, ...endingFacts(record) };
}
