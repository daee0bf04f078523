import { errors } from '../protocol/errors.ts';
import type { PlayerNamespace } from './sockets.ts';

/** Ends all sockets of a removed device: an authenticated socket that is not registered could create it again. */
export function endSockets(namespace: PlayerNamespace, deviceId: string): void {
  for (const socket of namespace.sockets.values()) {
    // A socket that was rejected must reconnect later, so it must not get a final error.
    if (socket.data.deviceId !== deviceId || socket.data.isRejected) continue;
    socket.emit('player:error', { code: 'revoked', message: errors.revoked.meaning, event: 'player:register' });
    socket.disconnect();
  }
}

/** Closes the transports of all sockets of a device, so that each authenticates again. */
export function closeTransports(namespace: PlayerNamespace, deviceId: string): void {
  for (const socket of namespace.sockets.values()) if (socket.data.deviceId === deviceId) socket.conn.close();
}
