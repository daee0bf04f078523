import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import type { VersionedDocument } from '../protocol/document.ts';

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
  /** A new token; the old one is not valid any more. @throws VigiaError `device_unknown` */
  rotateToken(id: string): Promise<string>;
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
  get(commandId: string): CommandRecord | undefined;
  /** Newest first. */
  list(deviceId: string): CommandRecord[];
  /** The status it then has: `cancelled` only if it had not been sent. @throws VigiaError `command_unknown` */
  cancel(commandId: string): Promise<CommandRecord['status']>;
  /** Resolves with the record once the command has ended. @throws VigiaError `command_unknown` */
  ended(commandId: string): Promise<CommandRecord>;
}
