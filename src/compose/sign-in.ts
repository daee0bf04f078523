import type { Io } from '../gateway/io.ts';
import { type SignInDeps, signIn } from '../gateway/sign-in.ts';
import { Handshake } from '../protocol/player.ts';
import type { openAccess } from './access.ts';

interface Deps extends Omit<SignInDeps, 'guesses' | 'clientAddress' | 'signedIn' | 'isNewToken'> {
  access: Awaited<ReturnType<typeof openAccess>>;
  io: Io;
}

/** Adds authentication to both namespaces. */
export function signInAll({ access, io, ...deps }: Deps): void {
  const { guesses, clientAddress } = access;
  const shared: SignInDeps = { ...deps, guesses, clientAddress, signedIn: (connection) => io.signedIn(connection) };
  signIn(io.players, 'player', { ...shared, isNewToken: access.isNewToken }, ({ handshake, data }) => {
    const { deviceId } = handshake.query;
    const id = typeof deviceId === 'string' ? deviceId : undefined;
    const signedIn = access.authenticatePlayer(Handshake.parse(handshake.auth), id);
    data.deviceId = signedIn.deviceId;
    data.hasOwnToken = signedIn.isOwn === true;
  });
  signIn(io.admins, 'admin', shared, ({ handshake, data }) => {
    data.identity = access.authenticateAdmin(handshake.auth.token);
  });
}
