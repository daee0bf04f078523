import type { Namespace } from 'socket.io';
import type { Io } from '../gateway/io.ts';
import { type SignInDeps, signIn } from '../gateway/sign-in.ts';
import { Handshake } from '../protocol/player.ts';
import type { openAccess } from './access.ts';

interface Deps extends Omit<SignInDeps, 'guesses' | 'clientAddress' | 'signedIn'> {
  players: Namespace;
  admins: Namespace;
  access: Awaited<ReturnType<typeof openAccess>>;
  io: Io;
}

/** The doors of both namespaces. */
export function signInAll({ players, admins, access, io, ...deps }: Deps): void {
  const { guesses, clientAddress } = access;
  const door: SignInDeps = { ...deps, guesses, clientAddress, signedIn: (connection) => io.signedIn(connection) };
  const checkPlayer: Parameters<typeof signIn>[2] = ({ handshake, data }) => {
    const { deviceId } = handshake.query;
    const id = typeof deviceId === 'string' ? deviceId : undefined;
    const signedIn = access.authenticatePlayer(Handshake.parse(handshake.auth), id);
    data.deviceId = signedIn.deviceId;
    data.hasOwnToken = signedIn.isOwn === true;
  };
  signIn(players, 'player', checkPlayer, door);
  const checkAdmin: Parameters<typeof signIn>[2] = ({ handshake, data }) => {
    data.identity = access.authenticateAdmin(handshake.auth.token);
  };
  signIn(admins, 'admin', checkAdmin, door);
}
