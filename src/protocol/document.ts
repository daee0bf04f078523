import type { Operation } from 'fast-json-patch';
import type { OnAirReason, OnAirStatus } from '../../machines/on-air.ts';
import type { Playback } from '../../machines/reading.ts';
import { type RestrictionReason, restrictionReasons } from '../../machines/restriction.ts';
import type { DeclaredCommand } from './declaration.ts';
import type { ShownDesired } from './desired-state.ts';
import type { ErrorCode } from './errors.ts';

export { type RestrictionReason, restrictionReasons };

/** ISO 8601, UTC. */
export type Time = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type ConnectionStatus = 'online' | 'reconnecting' | 'offline';
export type ReportStatus = 'unknown' | 'live' | 'stale';
export type PendingStatus = 'queued' | 'sent' | 'verifying';

/** The document of a device: admins see it, and every patch changes it. */
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
  /** The state in a common form for all players. Missing in documents of earlier versions. */
  playback: Playback;
  onAir: OnAir;
  /** Commands beyond the standard ones. In a cluster, missing in documents of instances with an earlier version. */
  capabilities: { commands: DeclaredCommand[] };
  /** Blocked by an operator. */
  blocked?: Blocked;
  /** The desired state and its status (SPEC G1–G8). */
  desired?: ShownDesired;
  state: JsonObject;
  /** The pending commands, by id. */
  commands: Record<string, PendingCommand>;
}

export interface Connection {
  status: ConnectionStatus;
  since: Time;
  /** Updated only by traffic from the device; never causes a patch of its own. */
  lastSeenAt: Time | null;
  /** Why the device is not connected. */
  reason?: string;
  address: string | null;
  sessionId: string | null;
  node: string | null;
  /** The device's clock minus the server's. */
  clockSkewMs: number | null;
  /**
   * Several machines use this id (SPEC P8). `places`: address, hardware addresses and host name of each, the device
   * itself first.
   */
  conflict?: { since: Time; places: string[] };
  /** The device exceeded its limits and is refused until `until` (SPEC P13). */
  restricted?: { since: Time; until: Time; why: RestrictionReason };
}

export interface Report {
  status: ReportStatus;
  receivedAt: Time | null;
  /** When the last reported playback was measured (SPEC P3a). Like `receivedAt`, it never causes a patch of its own. */
  measuredAt: Time | null;
  intervalMs: number;
  /** The last state was refused; removed by the next accepted one. */
  refused?: { code: ErrorCode; at: Time };
}

/** Whether the screen plays, as opposed to being connected (SPEC O1–O5). */
export interface OnAir {
  status: OnAirStatus;
  /** Since when status and reason are as they are, as far as is proven. */
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

/** One change of one document, as sent in the stream. */
export type Update = { deviceId: string; version: number; at: Time } & (
  | { patch: Operation[] }
  | { document: DeviceDocument }
  | { deleted: true }
);
