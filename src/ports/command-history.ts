import type { CommandRecord } from '../protocol/commands.ts';

/** The commands that were recorded, however long ago they ended (within what is kept). */
export interface CommandHistory {
  /** Newest first; those that were asked for before the mark. @throws VigiaError `unavailable` */
  ofDevice(deviceId: string, page: { before?: CommandMark | undefined; limit: number }): Promise<CommandRecord[]>;
}

/** When it was asked for (ms since the epoch), and its id. */
export interface CommandMark {
  at: number;
  id: string;
}
