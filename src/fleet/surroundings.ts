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
 * An instance that was frozen or cut off may have lost its devices to another one without knowing. Before it acts again it
 * finds out, which takes this long; undefined: no doubt.
 */
export type LeaseCheck = () => Promise<void> | undefined;

/** How this instance stands with the others. */
export interface Standing {
  checkLease: LeaseCheck;
  /** There are others, who may have the same command in hand. */
  readonly isShared: boolean;
}

/** Which devices do too much (SPEC P13). */
export interface Restrictions {
  of(deviceId: string): Restriction | undefined;
  lift(deviceId: string): void;
}

/** What every host of a fleet shares. */
export interface Surroundings {
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  /** With its effects bound: see effects.ts. */
  machine: typeof deviceMachine;
  tickRules: TickRules;
  poller: Poller;
  /** The devices whose actors attend to reports. Few while the fleet is well, so that asking it costs less than asking the device. */
  attentive: Set<string>;
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  tickIntervalMs: number;
  offlineGraceMs: number;
  /** So long a report that was asked for may take. */
  reportTimeoutMs: number;
  /** Called once for each change, in the order of the versions. */
  changed(update: Update, after: DeviceDocument, before: DeviceDocument): void;
  /** Is this id kept out? */
  blocked(deviceId: string): Blocked | undefined;
  restrictions: Restrictions;
  /** The actor of a device failed too often. */
  gaveUp(deviceId: string): void;
  /** Waits, if it must be found out first whether the devices are still this process's own: see `Fleet`. */
  checkLease: LeaseCheck;
  commands: {
    /** What is pending for this device, in the order of acceptance. */
    pendingOf(deviceId: string): { spec: CommandSpec; progress: CommandProgress }[];
    get(commandId: string): CommandRecord | undefined;
    /** Of the commands that were sent. */
    endingsOf(deviceId: string): Endings;
    progressed(commandId: string, progress: CommandProgress): CommandRecord | undefined;
    ended(output: CommandOutput): void;
    /** Resolves once it may be sent: it is recorded, or cannot be, and has not gone on elsewhere. */
    cleared(commandId: string): Promise<void>;
  };
}

/**
 * What a version is ahead of its record at most, while it can be recorded: added where the last ones may be unknown, so that
 * a version that was told is never given again.
 */
export const VERSION_LEAP = 5000;
const LEAPS_SINCE = Date.UTC(2026, 0, 1);

/**
 * Past all that may have been told, of a device that was last known with this version. However old its record is (the
 * database was away for days, or is a backup): nothing changes a thousand times a second, so the clock is ahead of it. And
 * not ahead of the clock: another instance that takes the device over in a moment, and knows of less, goes by the clock as well.
 */
export const leap = (version: number, now: number): number =>
  now - LEAPS_SINCE > version ? now - LEAPS_SINCE : version + VERSION_LEAP;

/** What outlives the process of a device. */
export interface DeviceRecord extends VersionedDocument {
  /** The keys that an operator has set; the player's own word does not change them. */
  edited: string[];
}

/** As it is stored: its record, or the last version of one that was removed. */
export type StoredDevice = DeviceRecord | { removedAt: number };

/** What an instance gives to the next one that a device belongs to. */
export interface Handover {
  record: DeviceRecord;
  /** All that are registered, in their order; `own`: the one that was the device. */
  sessions: SessionFacts[];
  own: string | null;
}

/** How a device comes into new hands. */
export interface Past {
  /** Its last versions may be unknown: they were leapt over, and it is told whole at once. */
  leapt: boolean;
  /** Why its connection is lost; undefined: it is about to register. */
  lost?: string;
  predecessor?: Predecessor;
}

/** What a device's actor begins with, or goes on from. */
export function deviceInput(
  { commands, offlineGraceMs }: Surroundings,
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
