import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import type { AdminNamespace, AdminSocket } from './sockets.ts';

/** By these rooms, the connection is found and ended. One of a token that expires ends by itself. */
export function enterRooms(
  socket: AdminSocket,
  { tokenId, sessionId, parentId, expiresAt }: Identity,
  clock: Pick<Clock, 'wall' | 'setTimeout' | 'clearTimeout'>,
): void {
  const rooms = [tokenRoom(tokenId)];
  if (sessionId !== undefined) rooms.push(sessionRoom(sessionId));
  if (parentId !== undefined) rooms.push(exchangedRoom(parentId));
  void socket.join(rooms);
  if (expiresAt === undefined) return;
  const timer = clock.setTimeout(() => socket.disconnect(true), Math.max(0, expiresAt - clock.wall()));
  socket.once('disconnect', () => clock.clearTimeout(timer));
}

/** Ends the connections of a removed admin token. */
export function endSessions(namespace: AdminNamespace, tokenId: string): void {
  namespace.in([tokenRoom(tokenId), exchangedRoom(tokenId)]).disconnectSockets(true);
}

/** Ends the connections of a console session. */
export function endConsoleSession(namespace: AdminNamespace, sessionId: string): void {
  namespace.in(sessionRoom(sessionId)).disconnectSockets(true);
}

/** Whether the console session has connections to this instance. */
export const isSessionOpen = (namespace: AdminNamespace, sessionId: string): boolean =>
  namespace.adapter.rooms.has(sessionRoom(sessionId));

export const tokenRoom = (tokenId: string) => `token:${tokenId}`;
const exchangedRoom = (parentId: string) => `exchanged:${parentId}`;
const sessionRoom = (sessionId: string) => `session:${sessionId}`;
