import type { CommandRecord } from '../protocol/commands.ts';

/** All recorded commands within the retention period. */
export interface CommandHistory {
  /**
   * Newest first. `before`: only commands requested earlier than the mark.
   * @throws VigiaError `unavailable`
   */
  ofDevice(deviceId: string, page: { before?: CommandMark | undefined; limit: number }): Promise<CommandRecord[]>;
}

/** Position in the history: the time of the request (ms since the epoch) and the command id. */
export interface CommandMark {
  at: number;
  id: string;
}
