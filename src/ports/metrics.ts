import type { AlertName } from '../protocol/alerts.ts';
import type { Channel } from '../protocol/channels.ts';
import type { CommandEnding } from '../protocol/commands.ts';
import type { RestrictionReason } from '../protocol/document.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { SnapshotSource } from './snapshot-index.ts';

/** The server's metrics. No device ids here: they would create too many time series. */
export interface Metrics {
  /** A state was processed. `bytes` is the approximate size of its JSON. */
  report(bytes: number): void;
  /** A state was skipped because the device sent a newer one before it was processed. */
  reportOvertaken(): void;
  /** A report changed nothing that had to be published. */
  reportWithoutChange(): void;
  /** A document changed. */
  change(): void;
  /** One message of a stream to all its admins: updates, bytes of JSON, and bytes after compression (counted once). */
  batch(updates: number, jsonBytes: number, deflatedBytes: number): void;
  /** A full set of documents was sent to an admin: `first` connection, or an unusable `cursor`. */
  snapshot(reason: 'first' | 'cursor'): void;
  resync(reason: string): void;
  commandSent(command: string): void;
  commandEnded(command: string, status: CommandEnding, seconds: number): void;
  verification(command: string, verdict: 'effect' | 'none' | 'unclear'): void;
  lateResponse(): void;
  /** A player registered: new, reconnected, or taking over. */
  registered(): void;
  takeover(): void;
  conflict(): void;
  /** A device exceeded its limits and is refused for a pause. */
  restricted(reason: RestrictionReason): void;
  connectionLost(reason: string): void;
  actorRestarted(): void;
  /** An unexpected error. It cost one request, message or timer. */
  uncaughtError(): void;
  authFailure(audience: 'player' | 'admin' | 'rest', reason: string): void;
  refused(audience: 'player' | 'admin' | 'rest', code: ErrorCode): void;
  transportClosed(reason: string): void;
  /** A database transaction. */
  databaseWrite(seconds: number, outcome: 'ok' | 'failed'): void;
  /** A screenshot was stored; `bytes` as stored, `seconds` of processing. */
  pictureStored(source: SnapshotSource, bytes: number, seconds: number): void;
  /** A screenshot was refused, for one of the reasons in src/pictures/error.ts. */
  pictureRefused(reason: string): void;
  /** A REST request. `status` is the first digit: 2 to 5. */
  request(method: string, status: number, seconds: number): void;
  /** A player that this instance moved to another one: it arrived there, came back here, or did not come back. */
  playerMoved(outcome: 'arrived' | 'returned' | 'lost'): void;
  /** Messages of another instance were lost, and their content is read from the registry. */
  messagesLost(): void;
  /** A message with alerts to a channel of this kind. `dropped`: the backlog was full. */
  notification(channel: Channel['kind'] | 'events', outcome: 'sent' | 'failed' | 'dropped'): void;
  /** A run of a schedule, or a part of it, has ended. */
  scheduleRun(outcome: 'done' | 'missed' | 'interrupted'): void;
}

/**
 * `records`: documents, commands and tokens. `changes`: the journal. `periods`: connection, on-air and playback
 * periods.
 */
export type RecordKind = 'records' | 'changes' | 'audit' | 'periods' | 'events';

/** The devices of this instance, counted. */
export interface Census {
  devices: { online: number; reconnecting: number; offline: number };
  reports: { unknown: number; live: number; stale: number };
  onAir: { yes: number; no: number; unknown: number };
  /** Devices that were provisioned but never connected. They are offline by design. */
  neverSeen: number;
  /** Online devices that send no state. */
  silent: number;
  /** Devices by status, for each group (`''` for devices without a group). */
  groups: ReadonlyMap<string, { online: number; reconnecting: number; offline: number }>;
  /** Devices by player version (`''` if unknown). */
  appVersions: ReadonlyMap<string, number>;
  actors: number;
}

/** Values that are read on request, as opposed to counted events. */
export interface Gauges {
  fleet(): Census;
  /** Whether the services this instance depends on are available. */
  dependencies(): { database: boolean; redis?: boolean };
  pendingCommands(): number;
  admins(): number;
  players(): number;
  /** Records waiting to be written, and records dropped since the start. */
  records(): Record<RecordKind, { readonly backlog: number; readonly dropped: number }>;
  /** The file system of DATA_DIR, in bytes. */
  disk(): { readonly freeBytes: number; readonly sizeBytes: number };
  /** Live instances as seen by this one, including itself. */
  instances(): number;
  openAlerts(): Record<AlertName, number>;
}
