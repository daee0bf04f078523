import { io } from 'socket.io-client';
import type { JsonObject } from '../../protocol/document.ts';
import { fieldVersions } from './field-state.ts';
import { createFielded } from './fielded.ts';
import type { Fleet, SimulatedPlayer } from './player.ts';
import { pick, type Random } from './random.ts';
import type { Screen } from './screen.ts';

const newest = 'timezone';
const [, ...recent] = fieldVersions;

/** It reports only on request, with what its monitor measured last. */
export function createSecondGeneration(fleet: Fleet, screen: Screen, random: Random): SimulatedPlayer {
  const { options, scheduler, has } = fleet;
  const { deviceId, trouble } = screen.part;
  const isNewest = trouble === 'dead-cache';
  const { socket, connection, measure, send, player } = createFielded(fleet, screen, random, {
    generation: 'second',
    version: isNewest ? newest : pick(random, ['plain', ...recent.filter((it) => it !== newest)]),
    attempts: 10,
    handshake: () => ({ auth: { deviceId, authToken: options.token } }),
  });
  const sentNow = () => new Date(screen.now()).toISOString();
  let cache = measure();

  const second = has('second-socket') && random() < 1 / 2 ? io(options.url, connection) : undefined;
  let sentPlayback: string | undefined;
  /** Sends an update when something else plays, even if the player is not registered. */
  function update(): void {
    if (!second?.connected || sentPlayback === whatPlays(cache)) return;
    sentPlayback = whatPlays(cache);
    const { timestamp, ...changes } = cache;
    second.emit('state:update', { deviceId, timestamp: sentNow(), changes });
  }
  second?.on('connect', update);

  if (!(isNewest && has('dead-cache'))) {
    scheduler.every(options.measureEveryMs, random() * options.measureEveryMs, () => {
      cache = measure();
      update();
    });
  }
  socket.on('player:request:state', () => send(has('cache') ? { ...cache, timestamp: sentNow() } : measure()));

  const { close } = player;
  return Object.assign(player, {
    connect() {
      // It does not wait for the registration.
      second?.connect();
      socket.connect();
    },
    async close() {
      second?.disconnect();
      await close();
    },
  });
}

function whatPlays({ vlc }: JsonObject): string {
  const { currentItem, playing, paused, stopped } = vlc as JsonObject;
  return [currentItem, playing, paused, stopped].join();
}
