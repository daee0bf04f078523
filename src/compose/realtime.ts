import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Devices, PlayerDevices, Watching } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import type { LeaseCheck } from '../fleet/device-context.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import { publisher, serveAdmins } from '../gateway/admins.ts';
import { endSockets } from '../gateway/end-sockets.ts';
import type { AlertsFeed, RolloutFeed } from '../gateway/feeds.ts';
import type { Guards } from '../gateway/guards.ts';
import { servePlayers } from '../gateway/serve-players.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import { Stream } from '../stream/stream.ts';
import type { openAccess } from './access.ts';
import type { FleetPart } from './fleet.ts';
import { signInAll } from './sign-in.ts';
import type { Sockets } from './sockets.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  sockets: Sockets;
  storage: Storage;
  access: Awaited<ReturnType<typeof openAccess>>;
  devices: Devices & PlayerDevices & Watching & { checkLease: LeaseCheck };
  desk: CommandDesk;
  fleet: FleetPart;
  guards: Guards;
  pictures: PlayerPictures;
  rollouts: RolloutFeed;
  alerts: AlertsFeed;
}

/** Serves players and admins, and streams reports of players to admins. */
export function realtimePart({ config, sockets, storage, devices, fleet, guards, pictures, ...deps }: Deps) {
  const { clock, log, metrics, access, desk, rollouts, alerts } = deps;
  const { io, queue, closed, players, admins } = sockets;
  const { audit } = storage;
  const stream = new Stream({
    devices,
    publish: publisher(admins),
    clock,
    metrics,
  });
  signInAll({ access, io, log, metrics, audit });
  const served = servePlayers(players, {
    fleet: devices,
    blocks: access.blocks,
    mayBe: (id) => access.playerSignIn.mayBe(id),
    pictures,
    ...guards,
    clock,
    log,
    metrics,
    audit,
    settings: config,
    ingest: { queue, coalescer: fleet.coalescer, checkLease: () => devices.checkLease() },
    heartbeats: io.heartbeats,
    isDraining: () => io.isDraining,
  });
  const regrouped = serveAdmins(admins, {
    devices,
    desk,
    stream,
    rollouts,
    alerts,
    clock,
    log,
    metrics,
    audit,
    closed,
  });
  const changed: ChangeListener = (update, after, before) => {
    stream.changed(update, after, before);
    guards.follow(update.deviceId, after, before);
    if (after?.group !== before?.group) regrouped(update.deviceId);
    if ('deleted' in update) endSockets(players, update.deviceId);
  };
  return {
    changed,
    served,
    stream,
    /** Sends pending updates, then closes the stream. */
    stop(): void {
      fleet.coalescer.flush();
      stream.close();
    },
  };
}
