import { interfaces, inventory } from '../../machines/reading.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { createOnPlayers, type OnPlayers } from './on-players.ts';
import { createPictures, type PictureDeps, type Pictures } from './pictures.ts';

export interface PictureService extends Pictures {
  /** For the players' sockets. */
  players: OnPlayers;
}

export interface PictureServiceDeps extends PictureDeps {
  /** Where pictures that stay on the players are fetched from. */
  playerHttp: string | undefined;
  document(deviceId: string): DeviceDocument | undefined;
}

/** All ways on which a picture comes in, and what is done with it. */
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
