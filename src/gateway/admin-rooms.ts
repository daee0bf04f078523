import type { AdminNamespace } from './sockets.ts';

/** Ends the connections of a removed admin token. */
export function endSessions(namespace: AdminNamespace, tokenId: string): void {
  namespace.in(tokenRoom(tokenId)).disconnectSockets(true);
}

/** Ends the connections of a console session. */
export function endConsoleSession(namespace: AdminNamespace, sessionId: string): void {
  namespace.in(sessionRoom(sessionId)).disconnectSockets(true);
}

/** Whether the console session has connections to this instance. */
export const isSessionOpen = (namespace: AdminNamespace, sessionId: string): boolean =>
  namespace.adapter.rooms.has(sessionRoom(sessionId));

export const tokenRoom = (tokenId: string) => `token:${tokenId}`;
export const sessionRoom = (sessionId: string) => `session:${sessionId}`;
