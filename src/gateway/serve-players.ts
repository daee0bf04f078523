import type { PlayerDeps } from './player-deps.ts';
import { Player } from './players.ts';
import type { RejectionCode } from './reject-socket.ts';
import type { PlayerNamespace } from './sockets.ts';

export interface ServedPlayers {
  /** Ends all sockets of a device that may reconnect later. */
  reject(deviceId: string, code: RejectionCode): void;
}

export function servePlayers(namespace: PlayerNamespace, deps: PlayerDeps): ServedPlayers {
  const players = new Set<Player>();
  namespace.on('connection', (socket) => {
    const player = new Player(socket, deps);
    players.add(player);
    player.listen(() => players.delete(player));
  });
  return {
    reject(deviceId, code) {
      const all = [...players].filter((it) => it.deviceId === deviceId);
      for (const player of all) player.reject(code);
    },
  };
}
