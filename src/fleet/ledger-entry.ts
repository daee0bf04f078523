import type { CommandProgress, CommandSpec } from '../../machines/command.ts';
import type { Notification } from '../../machines/notification.ts';
import type { CommandRecord } from '../protocol/commands.ts';

/** Who must be notified when the command ends. */
export interface Asker {
  tokenId: string;
  /** The admin socket that sent the command. Null: REST, where the result is polled. */
  socketId: string | null;
  /** The instance that has this socket and notifies it. Null: any instance with a socket of this token. */
  instance?: string | null;
}

/** A stored command: its published record, and what its actor needs to continue. */
export interface LedgerEntry {
  record: CommandRecord;
  spec: CommandSpec;
  progress: CommandProgress;
  asker: Asker;
  /** The `commandId` of a request for many devices, shared by all its commands. Null: a single command. */
  batch: string | null;
  /** Whether the asker was notified of the ending: see `notificationOf`. */
  told: boolean;
  /** Orders entries by acceptance, across restarts. */
  order: number;
  /** The device's group at the time of the request. */
  group: string | null;
  /** When each attempt was recorded as sent, in milliseconds since the epoch. */
  sentAt: readonly number[];
  /** Its span in a trace (W3C Trace Context), if traces are recorded. */
  traceparent?: string;
}

/** Where the notification of the ending stands. `told` and the asker's instance are its stored form. */
export function notificationOf({ record, told, asker }: LedgerEntry): Notification {
  if (record.endedAt === undefined) return 'pending';
  if (told) return 'notified';
  return asker.instance ? 'assigned' : 'open';
}

/** How far a command has progressed. Higher is further. */
export function stage(entry: LedgerEntry): number {
  const { record, progress } = entry;
  if (record.endedAt) return 1e6 + ['assigned', 'open', 'notified'].indexOf(notificationOf(entry));
  return record.attempts * 10 + ['queued', 'sent', 'verifying'].indexOf(progress.status);
}
