import type { Picture, PicturePath, Snapshot } from '../protocol/snapshot.ts';

/** Screenshots that players send over their socket or refer to by path (SPEC P10). */
export interface PlayerPictures {
  /**
   * Stores a screenshot received over the socket.
   * @throws VigiaError, as all methods here do
   */
  take(deviceId: string, picture: Picture, source: 'state' | 'response'): Promise<Snapshot>;
  /**
   * Handles the path of a screenshot on the player's own web server: fetches it if it is new and the server is allowed
   * to. Null: the player has none yet.
   * @param address the player's remote address
   */
  named(deviceId: string, picture: PicturePath | null, address: string): void;
  /** Fetches the screenshot that a command has just taken. */
  fetch(deviceId: string, picture: PicturePath, address: string): Promise<Snapshot>;
  /** Fetches the player's current screenshot. Undefined if this player is expected to send its screenshots itself. */
  refresh(deviceId: string): Promise<Snapshot> | undefined;
}
