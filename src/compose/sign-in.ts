import { isSameOrigin, sessionSecretIn } from '../access/session-cookie.ts';
import type { Io } from '../gateway/io.ts';
import { type SignInDeps, signIn } from '../gateway/sign-in.ts';
import type { AdminSocket, PlayerSocket } from '../gateway/sockets.ts';
import { Handshake } from '../protocol/player.ts';
import type { openAccess } from './access.ts';

interface Deps extends Omit<SignInDeps, 'guesses' | 'clientAddress' | 'signedIn'> {
  access: Awaited<ReturnType<typeof openAccess>>;
  io: Io;
}

/** Adds authentication to both namespaces. */
export function signInAll({ access, io, ...deps }: Deps): void {
  const { guesses, clientAddress } = access;
  const shared: SignInDeps = { ...deps, guesses, clientAddress, signedIn: (...it) => io.signedIn(...it) };
  signIn(io.players, 'player', shared, {
    check: (socket) => {
      const signedIn = access.authenticatePlayer(...claims(socket));
      socket.data.deviceId = signedIn.deviceId;
      socket.data.hasOwnToken = signedIn.isOwn === true;
    },
    settle: (socket) => access.playerSignIn.settle(...claims(socket)),
  });
  signIn(io.admins, 'admin', shared, {
    secretIn: cookieOf,
    settle: ({ handshake }) => {
      const secret = handshake.auth.token ? undefined : cookieOf(handshake);
      return secret === undefined ? undefined : access.sessions.settle(secret);
    },
    check: ({ handshake, data, conn }) => {
      const { headers } = handshake;
      const text = (name: string) => headers[name]?.toString();
      data.identity = access.authenticateAdmin({
        token: handshake.auth.token,
        session: cookieOf(handshake),
        isSameOrigin: isSameOrigin({
          origin: headers.origin,
          secFetchSite: text('sec-fetch-site'),
          host: headers.host,
          forwardedHost: access.isTrusted(conn.remoteAddress) ? text('x-forwarded-host') : undefined,
        }),
      });
    },
  });
}

const cookieOf = ({ headers }: AdminSocket['handshake']) => sessionSecretIn(headers.cookie, headers.host);

function claims({ handshake }: PlayerSocket): [Handshake, string | undefined] {
  const { deviceId } = handshake.query;
  return [Handshake.parse(handshake.auth), typeof deviceId === 'string' ? deviceId : undefined];
}
