import type { Operation } from 'fast-json-patch';
import type { OnAirReason, OnAirStatus } from '../../machines/on-air.ts';
import type { Playback } from '../../machines/reading.ts';
import { type RestrictionReason, restrictionReasons } from '../../machines/restriction.ts';
import type { DeclaredCommand } from './declared-commands.ts';
import type { ShownDesired } from './desired.ts';
import type { ErrorCode } from './errors.ts';

export { type RestrictionReason, restrictionReasons };

/** ISO 8601, UTC. */
export type Time = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type ConnectionStatus = 'online' | 'reconnecting' | 'offline';
export type ReportStatus = 'unknown' | 'live' | 'stale';
export type PendingStatus = 'queued' | 'sent' | 'verifying';

/** One document a device: what admins see, and what every patch changes. */
export interface DeviceDocument {
  id: string;
  name: string | null;
  type: string | null;
  group: string | null;
  appVersion: string | null;
  network: JsonObject | null;
  labels: Record<string, string>;
  connection: Connection;
  report: Report;
  /** What the state means, whatever dialect it is in. Documents of earlier versions have no such part. */
  playback: Playback;
  onAir: OnAir;
  /** What it can do beside what all players can. In a cluster, documents of an instance of an earlier version have no such part. */
  capabilities: { commands: DeclaredCommand[] };
  /** Kept out by an operator, until that is undone. */
  blocked?: Blocked;
  /** What is wanted of it, and how that goes (SPEC G1–G8). */
  desired?: ShownDesired;
  state: JsonObject;
  /** Pending commands only, by their ids. */
  commands: Record<string, PendingCommand>;
}

export interface Connection {
  status: ConnectionStatus;
  since: Time;
  /** Moves only on traffic from the device, and never causes a patch of its own. */
  lastSeenAt: Time | null;
  /** Why the device is not connected. */
  reason?: string;
  address: string | null;
  sessionId: string | null;
  node: string | null;
  /** The device's clock minus the server's. */
  clockSkewMs: number | null;
  /** Several machines use this id (SPEC P8). `places`: address, hardware addresses and host name of each, the device itself first. */
  conflict?: { since: Time; places: string[] };
  /** It did too much, and is refused until then (SPEC P13). */
  restricted?: { since: Time; until: Time; why: RestrictionReason };
}

export interface Report {
  status: ReportStatus;
  receivedAt: Time | null;
  /** When what it last said of what plays was measured (SPEC P3a); rides along like `receivedAt`. */
  measuredAt: Time | null;
  intervalMs: number;
  /** The last state was refused; gone with the next one that is taken. */
  refused?: { code: ErrorCode; at: Time };
}

/** Not "is it connected" but "is it playing" (SPEC O1–O5). */
export interface OnAir {
  status: OnAirStatus;
  /** Since when this is so and for this reason, as far as is proven. */
  since: Time;
  why: OnAirReason;
}

export interface Blocked {
  since: Time;
  /** The name of the token. */
  by: string;
  reason?: string;
}

export interface PendingCommand {
  command: string;
  status: PendingStatus;
  attempt: number;
  requestedBy: string;
  requestedAt: Time;
  deadlineAt: Time | null;
}

export interface VersionedDocument {
  version: number;
  document: DeviceDocument;
}

/** One change of one document, as the stream carries it. */
export type Update = { deviceId: string; version: number; at: Time } & (
  | { patch: Operation[] }
  | { document: DeviceDocument }
  | { deleted: true }
);
