import type { Clock } from '../ports/clock.ts';
import type { SendCommand } from '../protocol/admin.ts';
import { type CommandSummary, endingFacts } from '../protocol/commands.ts';
import type { JsonObject } from '../protocol/document.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { CommandLedger } from './command-ledger.ts';
import { commandSpec } from './command-spec.ts';
import { time } from './document.ts';
import type { Fleet } from './fleet.ts';
import { KEEPER } from './keepers.ts';
import type { Asker, LedgerEntry } from './ledger-entry.ts';

export interface CommandSettings {
  commandTimeoutMs: number;
  commandRetries: number;
}

/** A validated request, to be routed to the instances that hold the devices. */
export interface Order {
  request: Omit<SendCommand, 'deviceId' | 'deviceIds' | 'group' | 'all'>;
  params: JsonObject;
  /** The command's id. For a request for many devices, the id of the whole batch. */
  commandId: string;
  isBatch: boolean;
  requestedBy: string;
  asker: Asker;
  /** The request's span, if traces are recorded. */
  traceparent?: string | undefined;
}

/** Gives orders and cancellations to the devices. In a cluster, to the instances that hold them. */
export interface CommandRouter {
  /** One summary per device, in the order of the ids. */
  accept(order: Order, deviceIds: readonly string[]): Promise<CommandSummary[]>;
  cancel(deviceId: string, commandId: string): Promise<void>;
}

interface Deps {
  ledger: CommandLedger;
  fleet: Fleet;
  clock: Pick<Clock, 'wall'>;
  settings: CommandSettings;
  /** Processes the device's waiting reports. */
  flushOf: (deviceId: string) => void;
}

/** Records orders for the devices that are held here, and gives them to the devices. */
export class CommandIntake implements CommandRouter {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** @throws VigiaError for a single device; in a batch, each summary has its own error */
  async accept(order: Order, deviceIds: readonly string[]): Promise<CommandSummary[]> {
    const { ledger, fleet } = this.#deps;
    const summaries = deviceIds.map((deviceId): CommandSummary => {
      const commandId = order.isBatch ? `${order.commandId}:${deviceId}` : order.commandId;
      try {
        return this.#accept(order, commandId, deviceId);
      } catch (error) {
        if (!order.isBatch || !(error instanceof VigiaError)) throw error;
        return { commandId, deviceId, status: 'undelivered', error: publicError(error) };
      }
    });
    await fleet.committed();
    return summaries.map((summary) => {
      const entry = ledger.get(summary.commandId);
      return entry ? summaryOf(entry) : summary;
    });
  }

  async cancel(deviceId: string, commandId: string): Promise<void> {
    const { fleet } = this.#deps;
    fleet.find(deviceId)?.cancel(commandId);
    await fleet.committed();
  }

  #accept(order: Order, commandId: string, deviceId: string): CommandSummary {
    const { ledger, fleet, clock, settings, flushOf } = this.#deps;
    const { request, params, requestedBy, asker, traceparent } = order;
    const batch = order.isBatch ? order.commandId : null;
    const known = ledger.get(commandId);
    if (known) return summaryOf(known);
    const host = fleet.find(deviceId);
    if (!host) throw new VigiaError('device_unknown');
    if (!host.hasRoom) throw new VigiaError('queue_full');
    const spec = commandSpec(order, commandId, host.versioned.document, settings);
    const requestedAt = time(clock.wall());
    const entry = ledger.accept({
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
      ...(traceparent !== undefined && { traceparent }),
    });
    // Earlier reports must be part of the baseline that the command is compared with.
    flushOf(deviceId);
    host.command(spec, asker.tokenId === KEEPER.tokenId ? undefined : requestedBy);
    return summaryOf(entry);
  }
}

/** Includes the ending: an asker that repeats its request may have missed it. */
export function summaryOf({ record }: LedgerEntry): CommandSummary {
  const { commandId, deviceId, status } = record;
  if (!record.endedAt) return { commandId, deviceId, status };
  return { commandId, deviceId, status, ...endingFacts(record) };
}
