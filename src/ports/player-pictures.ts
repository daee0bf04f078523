import type { Picture, PicturePath, Snapshot } from '../protocol/snapshot.ts';

/** The screenshots of players, as their sockets bring or name them (SPEC P10). */
export interface PlayerPictures {
  /** Stores one that came by socket. Rejects with a VigiaError, as the others do. */
  take(deviceId: string, picture: Picture, source: 'state' | 'response'): Promise<Snapshot>;
  /**
   * A state names the screenshot on the player's own web server; a new one is fetched, if the server may. Null: there is
   * none yet.
   * @param address where the device connects from
   */
  named(deviceId: string, picture: PicturePath | null, address: string): void;
  /** Fetches the one that a command has just taken. */
  fetch(deviceId: string, picture: PicturePath, address: string): Promise<Snapshot>;
  /** Fetches the one that the player has now. Undefined: as far as we know, this player sends its screenshots itself. */
  refresh(deviceId: string): Promise<Snapshot> | undefined;
}
