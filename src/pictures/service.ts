import { interfaces, inventory } from '../../machines/reading.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { createOnPlayers, type OnPlayers } from './on-players.ts';
import { createPictures, type PictureDeps, type Pictures } from './pictures.ts';

export interface PictureService extends Pictures {
  /** Screenshots of players' sockets. */
  players: OnPlayers;
}

export interface PictureServiceDeps extends PictureDeps {
  /** URL template for screenshots that stay on the players. */
  playerHttp: string | undefined;
  document(deviceId: string): DeviceDocument | undefined;
}

/** Wires the sources of screenshots to their storage. */
export function createPictureService(deps: PictureServiceDeps): PictureService {
  const pictures = createPictures(deps);
  const reported = (deviceId: string) => {
    const { state, network } = deps.document(deviceId) ?? {};
    return [...inventory(state ?? {}).addresses, ...interfaces(network ?? {}).addresses];
  };
  const players = createOnPlayers({ ...deps, pictures, reported });
  return {
    take: pictures.take,
    players,
    close() {
      players.close();
      return pictures.close();
    },
  };
}
