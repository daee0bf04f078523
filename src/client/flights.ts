import type { CommandEnding, CommandSummary } from '../protocol/command-record.ts';
import type { PendingStatus } from '../protocol/document.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { CommandResult } from '../protocol/events.ts';
import type { SendCommand } from '../protocol/requests.ts';
import { ClientError, callSafely } from './errors.ts';
import type { Change } from './replica.ts';
import type { Request } from './replication.ts';

/** The result of a command on one device. */
export interface Ending extends CommandResult {
  /** Why the command was not accepted (`undelivered`). */
  error?: { code: string; message: string };
}

/** The progress of a command on one device. */
export interface Progress {
  commandId: string;
  deviceId: string;
  status: PendingStatus | CommandEnding;
  attempt?: number;
}

export type ProgressListener = (progress: Progress) => void;

/** If the server does not confirm the acceptance within this time, the request fails as `unavailable`. */
const ACCEPT_WAIT_MS = 60_000;
/** The server keeps ended commands for a limited time; after that, repeating a request would execute it again. */
const ASK_AGAIN_MS = 10 * 60_000;
const ASK_LATER_MS = 2000;

export interface SendOptions {
  /** Sends on the current connection only: if it is lost before the server accepts the command, nothing is resent. */
  once?: boolean;
}

interface Flight {
  request: SendCommand & { commandId: string };
  once: boolean;
  onProgress: ProgressListener | undefined;
  /** Results so far, by device; `expected` is undefined until the server has accepted the request. */
  endings: Map<string, Ending>;
  expected: Map<string, CommandSummary> | undefined;
  shown: Map<string, string>;
  acceptedAt: number;
  asking: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  resolve(endings: Ending[]): void;
  reject(error: Error): void;
}

export interface Flights {
  /** Resolves when all commands have ended, with their results in the server's order. */
  send(
    request: SendCommand & { commandId: string },
    onProgress?: ProgressListener,
    options?: SendOptions,
  ): Promise<Ending[]>;
  /** Repeats pending requests; the same ids execute nothing twice (C2). */
  connected(): void;
  lost(): void;
  ended(ending: Ending): void;
  changed(changes: readonly Change[]): void;
  abandon(error: ClientError): void;
}

export function createFlights(deps: { isConnected(): boolean; request: Request }): Flights {
  const flights = new Map<string, Flight>();

  async function ask(flight: Flight): Promise<void> {
    const { commandId } = flight.request;
    if (flight.asking || !deps.isConnected()) return;
    if (flight.expected && performance.now() - flight.acceptedAt > ASK_AGAIN_MS) {
      const message = 'The command ended while this client was disconnected. Query its result.';
      return fail(flight, new ClientError({ code: 'unavailable', message }));
    }
    flight.asking = true;
    try {
      const { commands } = await deps.request('command:send', flight.request);
      accepted(flight, commands);
    } catch (error) {
      const { code } = error as ClientError;
      const isAway = code === 'unavailable' || code === 'draining';
      if (isAway && flight.once && !flight.expected) return fail(flight, error as Error);
      // These errors say nothing about the command: repeat the request now or on the next connection.
      if (isAway || code === 'rate_limited' || code === 'internal') {
        setTimeout(() => flights.has(commandId) && void ask(flight), ASK_LATER_MS);
      } else fail(flight, error as Error);
    } finally {
      flight.asking = false;
    }
  }

  function accepted(flight: Flight, commands: readonly CommandSummary[]): void {
    clearTimeout(flight.timer);
    flight.acceptedAt ||= performance.now();
    flight.expected = new Map(commands.map((it) => [it.commandId, it]));
    for (const { status, ...summary } of commands) {
      const ending = status as CommandEnding;
      if (isPending(status)) show(flight, { ...summary, status });
      else if (!flight.endings.has(summary.commandId)) {
        end(flight, { ...summary, command: flight.request.command, status: ending });
      }
    }
    settle(flight);
  }

  function show({ onProgress, shown }: Flight, { commandId, deviceId, status, attempt }: Progress): void {
    const text = `${status} ${attempt ?? ''}`;
    if (!onProgress || shown.get(commandId) === text) return;
    shown.set(commandId, text);
    const progress = { commandId, deviceId, status, ...(attempt === undefined ? {} : { attempt }) };
    callSafely(() => onProgress(progress));
  }

  function end(flight: Flight, ending: Ending): void {
    flight.endings.set(ending.commandId, ending);
    show(flight, { ...ending, status: ending.status });
  }

  function settle(flight: Flight): void {
    const { expected, endings } = flight;
    if (!expected) return;
    const all: Ending[] = [];
    for (const commandId of expected.keys()) {
      const ending = endings.get(commandId);
      if (!ending) return;
      all.push(ending);
    }
    flights.delete(flight.request.commandId);
    flight.resolve(all);
  }

  function fail(flight: Flight, error: Error): void {
    clearTimeout(flight.timer);
    flights.delete(flight.request.commandId);
    flight.reject(error);
  }

  /** On each device, a bulk command has the id of the request, a separator and the id of the device. */
  function flightOf(commandId: string, deviceId: string): Flight | undefined {
    return flights.get(commandId) ?? flights.get(commandId.slice(0, -deviceId.length - 1));
  }

  return {
    send(request, onProgress, { once = false } = {}) {
      return new Promise((resolve, reject) => {
        const { commandId } = request;
        if (flights.has(commandId)) {
          const error = { code: 'conflict' as ErrorCode, message: 'A command with this id is already pending.' };
          return reject(new ClientError(error));
        }
        if (once && !deps.isConnected()) return reject(notSent());
        const flight: Flight = {
          request,
          once,
          onProgress,
          endings: new Map(),
          expected: undefined,
          shown: new Map(),
          acceptedAt: 0,
          asking: false,
          timer: undefined,
          resolve,
          reject,
        };
        flight.timer = setTimeout(() => {
          const message = 'The server did not respond. The command may have been accepted.';
          fail(flight, new ClientError({ code: 'unavailable', message }));
        }, ACCEPT_WAIT_MS);
        flights.set(commandId, flight);
        void ask(flight);
      });
    },
    connected() {
      for (const flight of flights.values()) void ask(flight);
    },
    lost() {
      for (const flight of [...flights.values()]) if (flight.once && !flight.expected) fail(flight, notSent());
    },
    ended(ending) {
      const flight = flightOf(ending.commandId, ending.deviceId);
      if (!flight || flight.endings.has(ending.commandId)) return;
      end(flight, ending);
      settle(flight);
    },
    changed(changes) {
      if (flights.size === 0) return;
      for (const { after } of changes) {
        if (!after) continue;
        const { id, commands } = after.document;
        for (const [commandId, { status, attempt }] of Object.entries(commands)) {
          const flight = flightOf(commandId, id);
          if (flight && !flight.endings.has(commandId)) show(flight, { commandId, deviceId: id, status, attempt });
        }
      }
    },
    abandon(error) {
      for (const flight of [...flights.values()]) fail(flight, error);
    },
  };
}

const notSent = () => new ClientError({ code: 'unavailable', message: 'The connection to the server was lost.' });

const isPending = (status: string): status is PendingStatus =>
  status === 'queued' || status === 'sent' || status === 'verifying';
