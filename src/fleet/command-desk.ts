import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import { type CommandRecord, type CommandSummary, checkParams } from '../protocol/commands.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { Commands, Devices } from './api.ts';
import type { CommandEndings } from './command-endings.ts';
import { type CommandRouter, type Order, summaryOf } from './command-intake.ts';
import type { CommandLedger } from './command-ledger.ts';
import { tracedRequest, traceIdIn } from './command-traces.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { targetsOf } from './targets.ts';

interface Deps {
  ledger: CommandLedger;
  endings: CommandEndings;
  /** All devices, of all instances. */
  devices: Pick<Devices, 'get' | 'all' | 'lookUp'>;
  router: CommandRouter;
  /** This instance's id as recorded with the asker. Null: there are no others. */
  instance: string | null;
  clock: Pick<Clock, 'wall'>;
  log: Pick<Logger, 'info'>;
}

/**
 * Takes the requests for commands, looks them up and answers them.
 *
 * A command for many devices is one command per device. Its `commandId` names the batch; each device's command is
 * `<commandId>:<deviceId>`.
 */
export class CommandDesk implements Commands {
  readonly #deps: Deps;
  /** Requests wait for the look-ups of earlier requests, so that commands leave in the order of the requests (C3). */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * @param continues a command of this id exists, and this request is for further devices
   * @param requestId of the REST request, for the log
   */
  async send(
    request: SendCommand,
    by: Identity,
    socketId: string | null = null,
    continues = false,
    requestId?: string,
  ): Promise<CommandSummary[]> {
    const { devices, instance, clock, log } = this.#deps;
    const params = checkParams(request.command, request.params);
    const known = await this.#inOrder(continues ? undefined : request.commandId);
    if (known.length > 0) {
      const { groups } = by;
      if (groups && !known.every(({ record }) => this.#isIn(groups, record.deviceId)))
        throw new VigiaError('conflict', 'There is a command with this id already.');
      await Promise.all(known.map((entry) => this.#deps.endings.settled(entry)));
      return known.map(summaryOf);
    }

    const { deviceId, deviceIds: _, group: __, filter: ___, all: ____, ...rest } = request;
    const order: Order = {
      request: rest,
      params,
      commandId: request.commandId ?? randomUUID(),
      isBatch: deviceId === undefined,
      requestedBy: by.name,
      asker: { tokenId: by.tokenId, socketId, instance },
    };
    const asked = deviceId === undefined ? request.deviceIds : [deviceId];
    const lookingUp = asked && devices.lookUp?.(asked);
    // Only if one is unknown, or later requests would overtake this one.
    if (lookingUp) await lookingUp;
    const targets = deviceId === undefined ? targetsOf(request, by, () => devices.all(), clock.wall()) : [deviceId];
    const { commandId } = order;
    const { command } = request;
    return tracedRequest({ command, commandId, by: by.name }, async (traceparent) => {
      const summaries = await this.#acceptFor(by, { ...order, traceparent }, targets);
      const facts = { by: by.name, command, commandId, devices: targets.length, requestId };
      log.info({ ...facts, ...traceIdIn(traceparent) }, 'command accepted');
      return summaries;
    });
  }

  /** Devices outside the token's groups are unknown to it. */
  async #acceptFor({ groups }: Identity, order: Order, targets: readonly string[]): Promise<CommandSummary[]> {
    const isSeen = (id: string) => !groups || this.#isIn(groups, id);
    const seen = targets.filter(isSeen);
    if (seen.length < targets.length && !order.isBatch) throw new VigiaError('device_unknown');
    const accepted = seen.length > 0 ? await this.#deps.router.accept(order, seen) : [];
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
    const group = this.#deps.devices.get(deviceId)?.document.group;
    return group != null && groups.includes(group);
  }

  async get(commandId: string): Promise<CommandRecord | undefined> {
    const { ledger, endings } = this.#deps;
    const entry = await ledger.find(commandId);
    return entry && endings.settled(entry);
  }

  list(deviceId: string): CommandRecord[] {
    return this.#deps.ledger.ofDevice(deviceId).map((entry) => entry.record);
  }

  async cancel(commandId: string): Promise<CommandRecord['status']> {
    const { router, endings } = this.#deps;
    const entry = await this.#entry(commandId);
    if (!entry.record.endedAt) await router.cancel(entry.record.deviceId, commandId);
    return (await endings.settled(entry)).status;
  }

  async ended(commandId: string): Promise<CommandRecord> {
    return this.#deps.endings.of(await this.#entry(commandId));
  }

  /** See `CommandEndings`. */
  notifyMissed(tokenId: string): Promise<void> {
    return this.#deps.endings.notifyMissed(tokenId);
  }

  /** The entries with this id, once all earlier requests are processed. */
  async #inOrder(commandId: string | undefined): Promise<LedgerEntry[]> {
    const { ledger } = this.#deps;
    const recalled = commandId === undefined ? undefined : ledger.recall(commandId);
    let old: LedgerEntry[] = [];
    const kept = recalled?.then((entries) => {
      old = entries;
    });
    if (kept) this.#queue = Promise.all([this.#queue, kept]);
    // No further waiting after this, or later requests would overtake this one.
    await this.#queue;
    if (commandId === undefined) return [];
    // Held entries are newer, and may have been added meanwhile.
    const all = [...old, ...ledger.named(commandId)];
    return [...new Map(all.map((entry) => [entry.record.commandId, entry])).values()];
  }

  async #entry(commandId: string): Promise<LedgerEntry> {
    const entry = await this.#deps.ledger.find(commandId);
    if (!entry) throw new VigiaError('command_unknown', 'There is no command with this id.');
    return entry;
  }
}
