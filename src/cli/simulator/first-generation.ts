import { fieldVersions } from './field-state.ts';
import { createFielded } from './fielded.ts';
import type { Fleet, SimulatedPlayer } from './player.ts';
import { pick, type Random } from './random.ts';
import type { Screen } from './screen.ts';

const STATUS_MS = 30_000;
const [oldest, ...others] = fieldVersions;

/** Its monitor pushes real states; it answers state requests with a constant. */
export function createFirstGeneration(fleet: Fleet, screen: Screen, random: Random): SimulatedPlayer {
  const { scheduler, has } = fleet;
  const fielded = createFielded(fleet, screen, random, {
    generation: 'first',
    version: pick(random, [oldest, ...others.slice(0, -1)]),
    attempts: 20,
    handshake: ({ ...profile }) => ({
      auth: { token: fleet.options.token },
      // An object in the query is sent as this text.
      query: { ...profile, deviceNetwork: '[object Object]' },
    }),
  });
  const { socket, measure, send, player } = fielded;
  const { deviceId } = screen.part;
  let hasPushed = false;

  socket.on('player:request:state', () => {
    if (!has('placeholder')) return send(measure());
    const timestamp = new Date(screen.now()).toISOString();
    send({ playing: false, currentMedia: {}, volume: 100, timestamp, deviceId });
  });

  if (has('other-events')) {
    scheduler.every(STATUS_MS, random() * STATUS_MS, () => {
      if (!fielded.registered) return;
      const { system, storage, vlc, activePlaylist, timestamp } = measure();
      socket.emit('system:status', { deviceId, timestamp, system, storage });
      if (random() < 1 / 10) socket.emit('player:status', { deviceId, timestamp, ...(vlc as object) });
      if (random() < 1 / 10) socket.emit('playlist:status', { deviceId, timestamp, ...(activePlaylist as object) });
      if (random() < 1 / 20) socket.emit('network:status', { deviceId, timestamp, online: true });
      if (random() < 1 / 50) socket.emit('monitor:error', { deviceId, timestamp, error: 'read ETIMEDOUT' });
    });
  }

  return Object.assign(player, {
    report() {
      if (!fielded.registered) return;
      send(hasPushed || !has('empty-push') ? measure() : {});
      hasPushed = true;
    },
  });
}
