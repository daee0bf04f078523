import type { CommandEnding, CommandSummary } from '../protocol/command-record.ts';
import type { PendingStatus } from '../protocol/document.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { CommandResult } from '../protocol/events.ts';
import type { SendTracedCommand } from '../protocol/requests.ts';
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
const RESEND_LIMIT_MS = 10 * 60_000;
const RETRY_MS = 2000;

export interface SendOptions {
  /** Sends on the current connection only: if it is lost before the server accepts the command, nothing is resent. */
  once?: boolean;
}

interface Pending {
  request: SendTracedCommand & { commandId: string };
  once: boolean;
  onProgress: ProgressListener | undefined;
  /** Results so far, by device; `expected` is undefined until the server has accepted the request. */
  endings: Map<string, Ending>;
  expected: Map<string, CommandSummary> | undefined;
  shown: Map<string, string>;
  acceptedAt: number;
  isSending: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  resolve(endings: Ending[]): void;
  reject(error: Error): void;
}

export interface PendingCommands {
  /** Resolves when all commands have ended, with their results in the server's order. */
  send(
    request: SendTracedCommand & { commandId: string },
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

export function createPendingCommands(deps: { isConnected(): boolean; request: Request }): PendingCommands {
  const byId = new Map<string, Pending>();

  async function sendRequest(pending: Pending): Promise<void> {
    const { commandId } = pending.request;
    if (pending.isSending || !deps.isConnected()) return;
    if (pending.expected && performance.now() - pending.acceptedAt > RESEND_LIMIT_MS) {
      const message = 'The command ended while this client was disconnected. Query its result.';
      return fail(pending, new ClientError({ code: 'unavailable', message }));
    }
    pending.isSending = true;
    try {
      const { commands } = await deps.request('command:send', pending.request);
      accepted(pending, commands);
    } catch (error) {
      const { code } = error as ClientError;
      const isAway = code === 'unavailable' || code === 'draining';
      if (isAway && pending.once && !pending.expected) return fail(pending, error as Error);
      // These errors say nothing about the command: repeat the request now or on the next connection.
      if (isAway || code === 'rate_limited' || code === 'internal') {
        setTimeout(() => byId.has(commandId) && void sendRequest(pending), RETRY_MS);
      } else fail(pending, error as Error);
    } finally {
      pending.isSending = false;
    }
  }

  function accepted(pending: Pending, commands: readonly CommandSummary[]): void {
    clearTimeout(pending.timer);
    pending.acceptedAt ||= performance.now();
    pending.expected = new Map(commands.map((it) => [it.commandId, it]));
    for (const { status, ...summary } of commands) {
      const ending = status as CommandEnding;
      if (isPending(status)) show(pending, { ...summary, status });
      else if (!pending.endings.has(summary.commandId)) {
        end(pending, { ...summary, command: pending.request.command, status: ending });
      }
    }
    settle(pending);
  }

  function show({ onProgress, shown }: Pending, { commandId, deviceId, status, attempt }: Progress): void {
    const text = `${status} ${attempt ?? ''}`;
    if (!onProgress || shown.get(commandId) === text) return;
    shown.set(commandId, text);
    const progress = { commandId, deviceId, status, ...(attempt === undefined ? {} : { attempt }) };
    callSafely(() => onProgress(progress));
  }

  function end(pending: Pending, ending: Ending): void {
    pending.endings.set(ending.commandId, ending);
    show(pending, { ...ending, status: ending.status });
  }

  function settle(pending: Pending): void {
    const { expected, endings } = pending;
    if (!expected) return;
    const all: Ending[] = [];
    for (const commandId of expected.keys()) {
      const ending = endings.get(commandId);
      if (!ending) return;
      all.push(ending);
    }
    byId.delete(pending.request.commandId);
    pending.resolve(all);
  }

  function fail(pending: Pending, error: Error): void {
    clearTimeout(pending.timer);
    byId.delete(pending.request.commandId);
    pending.reject(error);
  }

  /** On each device, a bulk command has the id of the request, a separator and the id of the device. */
  function pendingOf(commandId: string, deviceId: string): Pending | undefined {
    return byId.get(commandId) ?? byId.get(commandId.slice(0, -deviceId.length - 1));
  }

  return {
    send(request, onProgress, { once = false } = {}) {
      return new Promise((resolve, reject) => {
        const { commandId } = request;
        if (byId.has(commandId)) {
          const error = { code: 'conflict' as ErrorCode, message: 'A command with this id is already pending.' };
          return reject(new ClientError(error));
        }
        if (once && !deps.isConnected()) return reject(notSent());
        const pending: Pending = {
          request,
          once,
          onProgress,
          endings: new Map(),
          expected: undefined,
          shown: new Map(),
          acceptedAt: 0,
          isSending: false,
          timer: undefined,
          resolve,
          reject,
        };
        pending.timer = setTimeout(() => {
          const message = 'The server did not respond. The command may have been accepted.';
          fail(pending, new ClientError({ code: 'unavailable', message }));
        }, ACCEPT_WAIT_MS);
        byId.set(commandId, pending);
        void sendRequest(pending);
      });
    },
    connected() {
      for (const pending of byId.values()) void sendRequest(pending);
    },
    lost() {
      for (const pending of [...byId.values()]) if (pending.once && !pending.expected) fail(pending, notSent());
    },
    ended(ending) {
      const pending = pendingOf(ending.commandId, ending.deviceId);
      if (!pending || pending.endings.has(ending.commandId)) return;
      end(pending, ending);
      settle(pending);
    },
    changed(changes) {
      if (byId.size === 0) return;
      for (const { after } of changes) {
        if (!after) continue;
        const { id, commands } = after.document;
        for (const [commandId, { status, attempt }] of Object.entries(commands)) {
          const pending = pendingOf(commandId, id);
          if (pending && !pending.endings.has(commandId)) show(pending, { commandId, deviceId: id, status, attempt });
        }
      }
    },
    abandon(error) {
      for (const pending of [...byId.values()]) fail(pending, error);
    },
  };
}

const notSent = () => new ClientError({ code: 'unavailable', message: 'The connection to the server was lost.' });

const isPending = (status: string): status is PendingStatus =>
  status === 'queued' || status === 'sent' || status === 'verifying';
