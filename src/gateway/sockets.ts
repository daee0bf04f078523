import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { Identity } from '../protocol/admin.ts';
import type { AdminToServer, PlayerToServer, ServerToAdmin, ServerToPlayer } from '../protocol/events.ts';

/** What sign-in knows about a player's connection. */
interface PlayerData {
  deviceId?: string | undefined;
  hasOwnToken?: boolean;
  /** The player got an error, and its connection closes soon. */
  isRejected?: boolean;
}

interface AdminData {
  identity: Identity;
}

export type PlayerSocket = Socket<PlayerToServer, ServerToPlayer, DefaultEventsMap, PlayerData>;
export type PlayerNamespace = Namespace<PlayerToServer, ServerToPlayer, DefaultEventsMap, PlayerData>;
export type AdminSocket = Socket<AdminToServer, ServerToAdmin, DefaultEventsMap, AdminData>;
export type AdminNamespace = Namespace<AdminToServer, ServerToAdmin, DefaultEventsMap, AdminData>;
