import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { Audit } from '../ports/audit.ts';
import type { Metrics } from '../ports/metrics.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import { ID } from '../protocol/schema.ts';
import type { Connection } from './connection.ts';

/** A client tries once on a connection, for each namespace. Who goes on there is guessing. */
const MAX_REFUSALS = 5;

type Visitor = Pick<Socket, 'handshake' | 'conn'>;

export interface SignInDeps {
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  /** Bounds how many tokens an address may try. */
  guesses: { attempt<T>(address: string, token: string, check: () => T): T };
  /** Who is behind the address of the connection, by `X-Forwarded-For`. */
  clientAddress(peer: string, forwardedFor: string): string;
  signedIn(connection: Connection): void;
}

/**
 * The door of a namespace. A refusal is final (SPEC P9: the client does not try again by itself), is logged and
 * recorded without the token, and counted. Where too many wrong tokens came from an address, that is temporary, and closes the transport.
 */
export function signIn<S extends Visitor>(
  namespace: { use(middleware: (socket: S, next: (refusal?: Error) => void) => void): unknown },
  audience: 'player' | 'admin',
  { log, metrics, audit, guesses, clientAddress, signedIn }: SignInDeps,
  check: (socket: S) => void,
): void {
  const refusals = new WeakMap<object, number>();
  namespace.use((socket, next) => {
    const { handshake } = socket;
    // Of a connection that has ended meanwhile, Node knows no address any more.
    if (typeof handshake.address !== 'string') return void socket.conn.close();
    // Whoever looks at the handshake from here on sees who came, and not who brought it.
    handshake.address = clientAddress(handshake.address, String(handshake.headers['x-forwarded-for'] ?? ''));
    const refused = refusals.get(socket.conn) ?? 0;
    if (refused >= MAX_REFUSALS) return void socket.conn.close();
    try {
      const token = tokenIn(handshake);
      if (token === undefined) check(socket);
      else guesses.attempt(handshake.address, token, () => check(socket));
      signedIn(socket.conn as unknown as Connection);
      next();
    } catch (error) {
      refusals.set(socket.conn, refused + 1);
      const { code, message } = publicError(error);
      if (code === 'rate_limited') {
        metrics.refused(audience, code);
        metrics.transportClosed(code);
        const details = { audience, reason: 'guessing' };
        audit.record({ actor: handshake.address, kind: 'login.failed', outcome: code, details });
        return void socket.conn.close();
      }
      const { address } = handshake;
      const reason = reasonOf(error);
      metrics.authFailure(audience, reason);
      const deviceId = audience === 'player' ? claimedDevice(socket) : undefined;
      audit.record({
        actor: address,
        kind: 'login.failed',
        deviceId,
        outcome: code,
        details: { audience, reason },
      });
      log.warn(
        { audience, address, code, reason, ...(error instanceof VigiaError ? {} : { err: error }) },
        'sign-in refused',
      );
      const refusal = Object.assign(new Error(message), { data: { code, message } });
      next(refusal);
    }
  });
}

/** As it is, in either of its places. */
function tokenIn({ auth }: Socket['handshake']): string | undefined {
  return [auth.token, auth.authToken].find((it) => typeof it === 'string' && it !== '');
}

/** Whom a player said to be: not proven, but it helps to find it. */
function claimedDevice({ handshake }: Visitor): string | undefined {
  return [handshake.auth.deviceId, handshake.query.deviceId]
    .map((id) => ID.safeParse(id).data)
    .find((id) => id !== undefined);
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? (error as { reason?: unknown }).reason : undefined;
  return typeof reason === 'string' ? reason : 'other';
}
