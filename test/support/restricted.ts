import type { Socket } from 'socket.io-client';
import { next, playerOfSecondGeneration } from './clients.ts';
import type { TestServer } from './server.ts';

const isRestricted = ({ code }: { code: string }) => code === 'restricted';

/** Reconnects a player until it is restricted (SPEC P13); then it stays connected. */
export async function flapUntilRestricted(server: TestServer, deviceId: string): Promise<Socket> {
  const player = playerOfSecondGeneration(server, deviceId, { reconnectionDelay: 100, reconnectionDelayMax: 100 });
  player.on('connect', () => player.emit('player:register', { deviceId }));
  player.on('player:registered', () => player.io.engine.close());
  await next(player, 'player:error', isRestricted);
  player.off('player:registered');
  return player;
}
