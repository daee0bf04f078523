import type { AlertName } from '../protocol/alerts.ts';
import type { CommandEnding } from '../protocol/commands.ts';
import type { RestrictionReason } from '../protocol/document.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Channel } from './notifier.ts';
import type { SnapshotSource } from './snapshot-index.ts';

/** What the inside tells of itself. No device ids here: they would explode the label space (an aggregate is enough). */
export interface Metrics {
  /** A state that is taken in, and about how much JSON it is. */
  report(bytes: number): void;
  /** One that is not, for the device sent a newer one before it was. */
  reportOvertaken(): void;
  /** A report that changed nothing worth telling. */
  reportWithoutChange(): void;
  /** One change of a document. */
  change(): void;
  /** One message of a channel to all its admins: its updates, its bytes as JSON and as they left (each once). */
  batch(updates: number, jsonBytes: number, deflatedBytes: number): void;
  /** A full set of documents to one admin, and why: 'first', or the cursor could not be used. */
  snapshot(reason: 'first' | 'cursor'): void;
  resync(reason: string): void;
  commandSent(command: string): void;
  commandEnded(command: string, status: CommandEnding, seconds: number): void;
  verification(command: string, verdict: 'effect' | 'none' | 'unclear'): void;
  lateResponse(): void;
  /** A player registered: it came, came back, or took over. */
  registered(): void;
  takeover(): void;
  conflict(): void;
  /** A device that does too much is kept out for a pause. */
  restricted(reason: RestrictionReason): void;
  connectionLost(reason: string): void;
  actorRestarted(): void;
  /** An error that no code expected. It cost one request, message or timer. */
  uncaughtError(): void;
  authFailure(audience: 'player' | 'admin' | 'rest', reason: string): void;
  refused(audience: 'player' | 'admin' | 'rest', code: ErrorCode): void;
  transportClosed(reason: string): void;
  /** One transaction of the database. */
  databaseWrite(seconds: number, outcome: 'ok' | 'failed'): void;
  /** A picture that was stored, its bytes as stored, and how long it was worked on. */
  pictureStored(source: SnapshotSource, bytes: number, seconds: number): void;
  /** One that was not, by one of the few reasons of src/pictures/error.ts. */
  pictureRefused(reason: string): void;
  /** One request by REST. `status` is its first digit: 2 to 5. */
  request(method: string, status: number, seconds: number): void;
  /** Messages of another instance did not arrive, and what they said is read instead. */
  newsLost(): void;
  /** One message with alerts, to one channel. */
  notification(channel: Channel | 'events', outcome: 'sent' | 'failed'): void;
}

/** Documents, commands and tokens; what became of documents; who did what; how long devices were what. */
export type RecordKind = 'records' | 'changes' | 'audit' | 'periods';

/** Figures that are read when somebody asks, rather than counted as they happen. */
export interface Gauges {
  devices(): { online: number; reconnecting: number; offline: number };
  reports(): { unknown: number; live: number; stale: number };
  onAir(): { yes: number; no: number; unknown: number };
  /** Devices that were provisioned, and never came. They are offline, and nobody's fault. */
  neverSeen(): number;
  /** Devices that are online, and yet send no state. */
  silent(): number;
  /** Devices by status, for each group ('' for those without). */
  groups(): ReadonlyMap<string, { online: number; reconnecting: number; offline: number }>;
  /** Devices by the version of their player ('' where it is not known). */
  appVersions(): ReadonlyMap<string, number>;
  /** Whether what the instance needs can be used. */
  dependencies(): { database: boolean; redis?: boolean };
  actors(): number;
  pendingCommands(): number;
  admins(): number;
  players(): number;
  /** Of what is to be kept: how much waits to be written, and how much was given up since the start. */
  records(): Record<RecordKind, { readonly backlog: number; readonly dropped: number }>;
  /** The disk with DATA_DIR, bytes. */
  disk(): { readonly freeBytes: number; readonly sizeBytes: number };
  /** Instances that live, as this one sees it; itself included. */
  instances(): number;
  openAlerts(): Record<AlertName, number>;
}
