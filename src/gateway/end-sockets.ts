import type { Namespace } from 'socket.io';
import { errors } from '../protocol/errors.ts';

/** A removed device ends on every socket: one that is signed in and not registered could bring it back. */
export function endSockets(namespace: Namespace, deviceId: string): void {
  for (const socket of namespace.sockets.values()) {
    if (socket.data.deviceId !== deviceId) continue;
    socket.emit('player:error', { code: 'revoked', message: errors.revoked.meaning, event: 'player:register' });
    socket.disconnect();
  }
}
