import type { Answer } from '../../machines/command.ts';
import type { Imposed, Lately } from '../../machines/restriction.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import type { Blocked, JsonObject, VersionedDocument } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { DeviceHost } from './device-host.ts';
import type { PlayerSession } from './player-session.ts';

/** The fleet's devices, for sockets and REST. */
export interface Devices {
  get(id: string): VersionedDocument | undefined;
  /**
   * In a cluster: makes devices known that another instance has added a moment ago. Undefined if all are known. Never
   * rejects.
   */
  lookUp?(ids: readonly string[]): Promise<void> | undefined;
  all(): Iterable<VersionedDocument>;
  /** @throws VigiaError `conflict` if the id is taken; `fleet_full` */
  provision(wanted: { id?: string | undefined } & DeviceEdit): Promise<{ id: string; token: string }>;
  /** @throws VigiaError `device_unknown`; `conflict` if `ifVersion` is given and is not the current version */
  edit(id: string, edit: DeviceEdit, ifVersion?: number): Promise<VersionedDocument>;
  /**
   * Ends the device's session (`revoked`) and commands, and deletes it.
   * @throws VigiaError `device_unknown`
   */
  remove(id: string): Promise<void>;
  /**
   * Shows in the document that the device is blocked or (undefined) unblocked.
   * @throws VigiaError `device_unknown`
   */
  noteBlocked(id: string, blocked: Blocked | undefined): Promise<VersionedDocument>;
  /**
   * Ends the device's restriction (SPEC P13).
   * @throws VigiaError `device_unknown`
   */
  liftRestriction(id: string): Promise<void>;
  /**
   * Issues a new token and invalidates the old one. `disconnect`: ends the device's sessions.
   * @throws VigiaError `device_unknown`
   */
  rotateToken(id: string, disconnect?: boolean): Promise<string>;
}

export interface DeviceEdit {
  name?: string | null | undefined;
  group?: string | null | undefined;
  labels?: Record<string, string> | undefined;
}

/** The fleet's commands, for sockets and REST. */
export interface Commands {
  /** @throws VigiaError `device_unknown`, `queue_full`, `command_unknown`, `command_invalid` */
  send(
    request: SendCommand,
    by: Identity,
    socketId?: string | null,
    continues?: boolean,
    requestId?: string,
  ): Promise<CommandSummary[]>;
  get(commandId: string): Promise<CommandRecord | undefined>;
  /** Newest first. */
  list(deviceId: string): CommandRecord[];
  /**
   * Returns the resulting status: `cancelled` only if the command had not been sent.
   * @throws VigiaError `command_unknown`
   */
  cancel(commandId: string): Promise<CommandRecord['status']>;
  /**
   * Resolves with the record once the command has ended.
   * @throws VigiaError `command_unknown`
   */
  ended(commandId: string): Promise<CommandRecord>;
}

/** Requests of admin sockets for single devices. */
export interface Watching {
  /**
   * While at least one admin (`by`: the socket id) watches the device, it is polled more often: every
   * WATCH_INTERVAL_MS, or at the slower rate requested. Returns the interval (ms).
   */
  watch(id: string, by: string, intervalMs?: number): number;
  unwatch(id: string, by: string): void;
  /**
   * Requests a report or a screenshot now. For a screenshot, resolves with its facts once it is stored.
   * @throws VigiaError `device_unknown`; `unavailable` if the device is not connected or sends no screenshot in time;
   * or the reason why the screenshot was refused
   */
  refresh(id: string, what: 'state' | 'snapshot'): Promise<{ snapshot?: Snapshot }>;
}

/** The fleet's devices, for player sockets. */
export interface PlayerDevices {
  find(id: string): DeviceHost | undefined;
  /** Devices whose actors need every report without delay. */
  readonly needingEveryReport: ReadonlySet<string>;
  /** Whether there is room for a new device with this id. */
  admits(id: string): boolean;
  /**
   * The host of a device that registers. An unknown device is created. Asynchronous if the device must be fetched from
   * another instance.
   */
  enrol(id: string): DeviceHost | Promise<DeviceHost>;
  /** Called when a registered session has ended. */
  left(id: string, session: PlayerSession, reason: string): void;
  /**
   * Forwards a message of a second socket (SPEC P4) to the instance that holds the device. False if the device exists
   * nowhere.
   */
  forward(id: string, message: Forwarded): boolean;
}

export type Forwarded =
  | { update: JsonObject; timestamp: string | number | null | undefined; address: string; hasOwnToken: boolean }
  /** A screenshot that was stored at the sender. */
  | { picture: Snapshot }
  /** The device exceeds its budget at the sender (SPEC P13). */
  | { restricted: Imposed };

export type { Imposed, Lately };
export type CommandAnswer = Answer;
