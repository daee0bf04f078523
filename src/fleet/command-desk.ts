import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CommandOutput } from '../../machines/command.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import {
  type CommandEnding,
  type CommandName,
  type CommandRecord,
  type CommandSummary,
  checkParams,
} from '../protocol/commands.ts';
import type { JsonObject } from '../protocol/document.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { Commands } from './api.ts';
import type { Asker, CommandLedger, LedgerEntry } from './command-ledger.ts';
import { time } from './document.ts';
import type { Fleet } from './fleet.ts';

export interface DeskSettings {
  commandTimeoutMs: number;
  commandRetries: number;
}

/** Told of every ending, once it is safe, and again if the asker `missed` it. Returns whether the asker was reached. */
export type TellEnding = (record: CommandRecord, asker: Asker, missed: boolean) => boolean;

/**
 * Where commands are asked for, looked up and answered.
 *
 * A command for many devices is one command for each; its `commandId` names them all, and each one's own is
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
  /** Ended, and about to be told of. */
  readonly #announcing = new Set<LedgerEntry>();
  #tell: TellEnding = () => false;

  constructor(deps: {
    ledger: CommandLedger;
    fleet: Fleet;
    clock: Clock;
    log: Logger;
    metrics: Metrics;
    settings: DeskSettings;
  }) {
    this.#ledger = deps.ledger;
    this.#fleet = deps.fleet;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#metrics = deps.metrics;
    this.#settings = deps.settings;
    this.#fleet.onCommandEnded((output) => this.#ended(output));
  }

  tellEndingsTo(tell: TellEnding): void {
    this.#tell = tell;
  }

  async send(request: SendCommand, by: Identity, socketId: string | null = null): Promise<CommandSummary[]> {
    const params = checkParams(request.command, request.params);
    const known = request.commandId === undefined ? [] : this.#ledger.named(request.commandId);
    if (known.length > 0) return known.map(summaryOf);

    const commandId = request.commandId ?? randomUUID();
    const asker = { tokenId: by.tokenId, socketId };
    const one = (deviceId: string, id: string, batch: string | null) =>
      this.#accept(request, id, deviceId, { params, requestedBy: by.name, asker, batch });
    let summaries: CommandSummary[];
    if (request.deviceId !== undefined) {
      summaries = [one(request.deviceId, commandId, null)];
    } else {
      summaries = this.#targets(request).map((deviceId) => {
        const id = `${commandId}:${deviceId}`;
        try {
          return one(deviceId, id, commandId);
        } catch (error) {
          if (!(error instanceof VigiaError)) throw error;
          return { commandId: id, deviceId, status: 'undelivered', error: publicError(error) };
        }
      });
    }
    this.#log.info({ by: by.name, command: request.command, commandId, devices: summaries.length }, 'command accepted');
    await this.#fleet.committed();
    return summaries.map((summary) => {
      const entry = this.#ledger.get(summary.commandId);
      return entry ? summaryOf(entry) : summary;
    });
  }

  get(commandId: string): CommandRecord | undefined {
    return this.#ledger.get(commandId)?.record;
  }

  list(deviceId: string): CommandRecord[] {
    return this.#ledger.ofDevice(deviceId).map((entry) => entry.record);
  }

  async cancel(commandId: string): Promise<CommandRecord['status']> {
    const entry = this.#entry(commandId);
    if (!entry.record.endedAt) this.#fleet.find(entry.record.deviceId)?.cancel(commandId);
    await this.#fleet.committed();
    return entry.record.status;
  }

  async ended(commandId: string): Promise<CommandRecord> {
    const { record } = this.#entry(commandId);
    if (record.endedAt) return record;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(commandId) ?? [];
      this.#waiting.set(commandId, [...waiting, resolve]);
    });
  }

  /** An admin is back: what ended while nobody with this token was here is told now. */
  tellMissed(tokenId: string): void {
    for (const entry of this.#ledger.untold(tokenId)) {
      if (!this.#announcing.has(entry)) this.#tellAsker(entry, true);
    }
  }

  #accept(
    request: SendCommand,
    commandId: string,
    deviceId: string,
    {
      params,
      requestedBy,
      asker,
      batch,
    }: { params: JsonObject; requestedBy: string; asker: Asker; batch: string | null },
  ): CommandSummary {
    const known = this.#ledger.get(commandId);
    if (known) return summaryOf(known);
    const host = this.#fleet.find(deviceId);
    if (!host) throw new VigiaError('device_unknown');
    if (!host.hasRoom) throw new VigiaError('queue_full');
    const command = request.command as CommandName;
    const spec = {
      deviceId,
      commandId,
      command,
      timeoutMs: request.timeoutMs ?? this.#settings.commandTimeoutMs,
      maxAttempts: 1 + (request.retries ?? this.#settings.commandRetries),
      ttlMs: request.ttlMs ?? null,
    };
    const requestedAt = time(this.#clock.now());
    const entry = this.#ledger.accept({
      record: {
        commandId,
        deviceId,
        command,
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
    });
    host.command(spec);
    return summaryOf(entry);
  }

  #targets(request: SendCommand): string[] {
    if (request.deviceIds) return [...new Set(request.deviceIds)];
    const ids: string[] = [];
    for (const { document } of this.#fleet.all()) {
      if (request.all || document.group === request.group) ids.push(document.id);
    }
    return ids;
  }

  #ended(output: CommandOutput): void {
    const entry = this.#ledger.ended(output);
    if (!entry) return;
    // Told only once it is safe, and in a later turn: whoever asks gets the answer to the request before its ending.
    this.#announcing.add(entry);
    this.#fleet.committed().then(() => setImmediate(() => this.#announce(entry)));
    const { record } = entry;
    const { commandId, deviceId, command, status, attempts, durationMs } = record;
    this.#metrics.commandEnded(command, status as CommandEnding, (durationMs ?? 0) / 1000);
    this.#log.info({ deviceId, commandId, command, status, attempts, durationMs }, 'command ended');
  }

  #announce(entry: LedgerEntry): void {
    const { record } = entry;
    this.#announcing.delete(entry);
    for (const resolve of this.#waiting.get(record.commandId) ?? []) resolve(record);
    this.#waiting.delete(record.commandId);
    this.#tellAsker(entry, false);
  }

  #tellAsker(entry: LedgerEntry, missed: boolean): void {
    if (this.#tell(entry.record, entry.asker, missed) || entry.asker.socketId === null) this.#ledger.told(entry);
  }

  #entry(commandId: string): LedgerEntry {
    const entry = this.#ledger.get(commandId);
    if (!entry) throw new VigiaError('command_unknown', 'There is no command with this id.');
    return entry;
  }
}

function summaryOf({ record: { commandId, deviceId, status } }: LedgerEntry): CommandSummary {
  return { commandId, deviceId, status };
}
