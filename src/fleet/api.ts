import type { Answer } from '../../machines/command.ts';
import type { Imposed, Lately } from '../../machines/restriction.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import type { Blocked, JsonObject, VersionedDocument } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { DeviceHost } from './device-host.ts';
import type { PlayerSession } from './player-session.ts';

/** What the borders (sockets, REST) may ask of the fleet's devices. */
export interface Devices {
  get(id: string): VersionedDocument | undefined;
  all(): Iterable<VersionedDocument>;
  /** @throws VigiaError `conflict` when the id is taken */
  provision(wanted: { id?: string | undefined } & DeviceEdit): Promise<{ id: string; token: string }>;
  /** @throws VigiaError `device_unknown`; `conflict` when `ifVersion` is given and is not the version */
  edit(id: string, edit: DeviceEdit, ifVersion?: number): Promise<VersionedDocument>;
  /** Ends its session (`revoked`) and its commands, and forgets it. @throws VigiaError `device_unknown` */
  remove(id: string): Promise<void>;
  /** Shows in its document that it is blocked, or no more. @throws VigiaError `device_unknown` */
  noteBlocked(id: string, blocked: Blocked | undefined): Promise<VersionedDocument>;
  /** A device that was restricted (SPEC P13) may go on as before. @throws VigiaError `device_unknown` */
  liftRestriction(id: string): Promise<void>;
  /** A new token; the old one is not valid any more. `disconnect`: its sessions end. @throws VigiaError `device_unknown` */
  rotateToken(id: string, disconnect?: boolean): Promise<string>;
}

export interface DeviceEdit {
  name?: string | null | undefined;
  group?: string | null | undefined;
  labels?: Record<string, string> | undefined;
}

/** What the borders may ask about commands. */
export interface Commands {
  /** @throws VigiaError `device_unknown`, `queue_full`, `command_unknown`, `command_invalid` */
  send(request: SendCommand, by: Identity): Promise<CommandSummary[]>;
  get(commandId: string): Promise<CommandRecord | undefined>;
  /** Newest first. */
  list(deviceId: string): CommandRecord[];
  /** The status it then has: `cancelled` only if it had not been sent. @throws VigiaError `command_unknown` */
  cancel(commandId: string): Promise<CommandRecord['status']>;
  /** Resolves with the record once the command has ended. @throws VigiaError `command_unknown` */
  ended(commandId: string): Promise<CommandRecord>;
}

/** What an admin's socket may ask for beside. */
export interface Attention {
  /**
   * While anybody (`by`: their socket's id) watches, the device, whenever it is there, is asked more often: every
   * WATCH_INTERVAL_MS, or at the gentler rate that is asked for. Returns the interval, ms.
   */
  watch(id: string, by: string, intervalMs?: number): number;
  unwatch(id: string, by: string): void;
  /**
   * Asks the device now. For a picture it resolves once that is stored, with its facts.
   * @throws VigiaError `device_unknown`; `unavailable` when the device is not connected, or no picture comes in time; or
   * why the picture that came was not taken
   */
  refresh(id: string, what: 'state' | 'snapshot'): Promise<{ snapshot?: Snapshot }>;
}

/** The devices, as their players reach them. */
export interface PlayerDevices {
  find(id: string): DeviceHost | undefined;
  /** Those whose actors would do something with any report, so that it is not to wait. */
  readonly attentive: ReadonlySet<string>;
  /** Is there a place for one that was never seen? */
  admits(id: string): boolean;
  /** The host of a device that registers; one that was never seen is taken in. It may have to be fetched first. */
  enrol(id: string): DeviceHost | Promise<DeviceHost>;
  /** A registered session has ended. */
  left(id: string, session: PlayerSession, reason: string): void;
  /**
   * A second socket (SPEC P4) may come elsewhere than to where its device is held: brings its message there. False:
   * nowhere is such a device.
   */
  forward(id: string, message: Forwarded): boolean;
}

export type Forwarded =
  | { update: JsonObject; timestamp: string | number | null | undefined; address: string; hasOwnToken: boolean }
  /** One that was stored where it arrived. */
  | { picture: Snapshot }
  /** It does too much where it arrives (SPEC P13). */
  | { restricted: Imposed };

export type { Imposed, Lately };
export type CommandAnswer = Answer;
