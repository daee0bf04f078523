import { errors } from '../protocol/errors.ts';
import type { PlayerNamespace } from './sockets.ts';

/** A removed device ends on every socket: one that is signed in and not registered could bring it back. */
export function endSockets(namespace: PlayerNamespace, deviceId: string): void {
  for (const socket of namespace.sockets.values()) {
    // One that is kept out is to come back once that is undone: what it was told is not final.
    if (socket.data.deviceId !== deviceId || socket.data.isTurnedAway) continue;
    socket.emit('player:error', { code: 'revoked', message: errors.revoked.meaning, event: 'player:register' });
    socket.disconnect();
  }
}

/** Closes the transports of all sockets of a device: each signs in anew. */
export function closeTransports(namespace: PlayerNamespace, deviceId: string): void {
  for (const socket of namespace.sockets.values()) if (socket.data.deviceId === deviceId) socket.conn.close();
}
