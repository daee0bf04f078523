import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Devices, PlayerDevices } from '../fleet/api.ts';
import { createHousekeeping } from '../pictures/housekeeping.ts';
import { createLibrary } from '../pictures/library.ts';
import { createPictureService } from '../pictures/service.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  storage: Storage;
  devices: Pick<Devices, 'get'> & Pick<PlayerDevices, 'find' | 'forward'>;
  isShared: boolean;
  /** Called when this instance stored a screenshot. */
  stored(deviceId: string, snapshot: Snapshot): void;
}

/** Screenshots: how they arrive, where they are stored, and for how long. */
export function picturesPart({ config, clock, log, metrics, storage, devices, isShared, stored }: Deps) {
  const { blobs, index } = storage.pictures;
  const housekeeping = createHousekeeping({
    ...config,
    blobs,
    index,
    clock,
    log,
    isAlone: !isShared,
    exists: (id) => devices.get(id) !== undefined,
  });
  const service = createPictureService({
    blobs,
    index,
    housekeeping,
    clock,
    log,
    metrics,
    maxBytes: config.maxMessageBytes,
    playerHttp: config.playerHttp,
    document: (id) => devices.get(id)?.document,
    listener: {
      stored: (id, snapshot) => {
        const host = devices.find(id);
        host?.pictured(snapshot);
        stored(id, snapshot);
        return host !== undefined || devices.forward(id, { picture: snapshot });
      },
      refused: (id, error, arrivedAt) => devices.find(id)?.pictures.failed(error, arrivedAt),
    },
  });
  return {
    library: createLibrary({ blobs, index, log }),
    take: service.take,
    onPlayers: service.players,
    /** Call this when a device was removed, on any instance. */
    removed(deviceId: string): void {
      housekeeping.forget(deviceId);
      service.players.forget(deviceId);
    },
    start: () => housekeeping.start(),
    stop: () => {
      housekeeping.stop();
      return service.close();
    },
  };
}
