import type { Logger } from 'pino';
import type { CommandOutput, CommandProgress, CommandSpec } from '../../machines/command.ts';
import type { DeviceInput, deviceMachine } from '../../machines/device.ts';
import type { Endings } from '../../machines/proof.ts';
import type { Restriction } from '../../machines/restriction.ts';
import type { Displaced, Session } from '../../machines/rivals.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { Blocked, ConnectionStatus, DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';
import type { Poller } from './poller.ts';
import type { Predecessor, SessionFacts } from './sessions.ts';
import type { TickRules } from './ticking.ts';

/**
 * An instance that was frozen or cut off may have lost its devices to another one. Resolves once that is checked.
 * Undefined: there is no doubt.
 */
export type LeaseCheck = () => Promise<void> | undefined;

/** How this instance holds its devices: alone, or by a lease in a cluster. */
export interface ClusterLease {
  checkLease: LeaseCheck;
  /** Whether other instances may process the same command. */
  readonly isShared: boolean;
}

/** The devices that exceed their budgets (SPEC P13). */
export interface Restrictions {
  of(deviceId: string): Restriction | undefined;
  lift(deviceId: string): void;
}

/** Shared by all device hosts of a fleet. */
export interface DeviceContext {
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  /** The machine with its actions bound: see effects.ts. */
  machine: typeof deviceMachine;
  tickRules: TickRules;
  poller: Poller;
  /**
   * Devices whose actors react to reports. Usually few, so that looking a device up here is cheaper than asking its
   * actor.
   */
  needingEveryReport: Set<string>;
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  tickIntervalMs: number;
  offlineGraceMs: number;
  /** How long a polled report may take. */
  reportTimeoutMs: number;
  /** Called once for each change, in the order of the versions. */
  changed(update: Update, after: DeviceDocument, before: DeviceDocument): void;
  /** Undefined: the id is not blocked. */
  blocked(deviceId: string): Blocked | undefined;
  restrictions: Restrictions;
  /** A device's actor failed too often. */
  gaveUp(deviceId: string): void;
  /** Awaited before acting on a device, which another instance may have taken: see `Fleet`. */
  checkLease: LeaseCheck;
  commands: {
    /** The device's pending commands, in the order of acceptance. */
    pendingOf(deviceId: string): { spec: CommandSpec; progress: CommandProgress }[];
    get(commandId: string): CommandRecord | undefined;
    /** When the device's sent commands ended. */
    endingsOf(deviceId: string): Endings;
    progressed(commandId: string, progress: CommandProgress): CommandRecord | undefined;
    ended(output: CommandOutput): void;
    /**
     * Resolves once the command may be sent: it is recorded, or cannot be, and did not progress at another instance.
     */
    cleared(commandId: string): Promise<void>;
  };
}

/**
 * The maximum number of versions ahead of the record while the store is writable. It is added if the last versions may
 * be unknown, so that a published version is never assigned again.
 */
export const VERSION_GAP = 5000;
const SKIP_EPOCH = Date.UTC(2026, 0, 1);

/**
 * The next version of a device that was last known at `version`, higher than any that may have been published. It works
 * for records of any age (after days without the database, or from a backup): no device changes a thousand times a
 * second, so the time in ms is always ahead. It is not ahead of the time either: another instance that takes the device
 * over with an older record computes a higher version, too.
 */
export const skipVersions = (version: number, now: number): number =>
  now - SKIP_EPOCH > version ? now - SKIP_EPOCH : version + VERSION_GAP;

/** A device's persistent record. */
export interface DeviceRecord extends VersionedDocument {
  /** The keys set by an operator. The player's own values do not change them. */
  edited: string[];
}

/** The stored form: a record, or the last version of a removed device. */
export type StoredDevice = DeviceRecord | { removedAt: number };

/** What the previous owner of a device passes to the next one. */
export interface Handover {
  record: DeviceRecord;
  /** All registered sessions, in order. `own`: the device's current one. */
  sessions: SessionFacts[];
  own: string | null;
}

/** How a device came to this instance. */
export interface TakeoverInfo {
  /** The last versions may be unknown: they were skipped, and the whole document is published at once. */
  versionsSkipped: boolean;
  /** The disconnect reason. Undefined: the device is about to register. */
  lost?: string;
  predecessor?: Predecessor;
}

/** The initial or restored input of a device's actor. */
export function deviceInput(
  { commands, offlineGraceMs }: DeviceContext,
  deviceId: string,
  was: ConnectionStatus,
  sessions: { session?: Session; displaced: readonly Displaced[] },
): DeviceInput {
  return {
    deviceId,
    graceMs: offlineGraceMs,
    link: was === 'offline' ? 'offline' : 'reconnecting',
    commands: commands.pendingOf(deviceId),
    ...sessions,
  };
}
