import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { Audit } from '../ports/audit.ts';
import type { Metrics } from '../ports/metrics.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import { ID } from '../protocol/schema.ts';
import type { Connection } from './connection.ts';

/** A client tries once per namespace and connection. More attempts are guessing. */
const MAX_REFUSALS = 5;

type Visitor = Pick<Socket, 'handshake' | 'conn' | 'data'>;

export interface SignInDeps {
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  /** Limits how many wrong tokens an address may try. */
  guesses: { attempt<T>(address: string, token: string, check: () => T): T };
  /** The client's address, from the connection's address and `X-Forwarded-For`. */
  clientAddress(peer: string, forwardedFor: string): string;
  signedIn(connection: Connection, visitor: NonNullable<Connection['visitor']>): void;
}

interface Check<S> {
  /** @throws VigiaError */
  check(socket: S): void;
  /** What signs in without a token, such as a cookie. */
  secretIn?(handshake: Socket['handshake']): string | undefined;
  /**
   * Called after a check that did not exceed a limit: whether to check again. Undefined if the result is final.
   * @throws VigiaError `unavailable`
   */
  settle?(socket: S): Promise<boolean> | undefined;
}

/** Others may change a token each time that it is read. */
const MAX_CHECKS = 3;

/**
 * Authentication of a namespace. A refusal is final (SPEC P9: clients do not retry by themselves), and is logged,
 * audited (without the token) and counted. Too many wrong tokens from one address are a temporary refusal, which closes
 * the transport; so does `unavailable`, because then nobody knows whether the token is wrong.
 */
export function signIn<S extends Visitor>(
  namespace: { use(middleware: (socket: S, next: (refusal?: Error) => void) => void): unknown },
  audience: 'player' | 'admin',
  { log, metrics, audit, guesses, clientAddress, signedIn }: SignInDeps,
  { check, settle, secretIn }: Check<S>,
): void {
  const refusals = new WeakMap<object, number>();
  namespace.use((socket, next) => {
    const { handshake } = socket;
    // Node has no address for a connection that has already ended.
    if (typeof handshake.address !== 'string') return void socket.conn.close();
    // From here on the handshake shows the client's address, not the proxy's.
    handshake.address = clientAddress(handshake.address, String(handshake.headers['x-forwarded-for'] ?? ''));
    const refused = refusals.get(socket.conn) ?? 0;
    if (refused >= MAX_REFUSALS) return void socket.conn.close();
    const token = tokenIn(handshake) ?? secretIn?.(handshake);
    const attempt = () => {
      if (token === undefined) check(socket);
      else guesses.attempt(handshake.address, token, () => check(socket));
    };
    decide(1);

    function decide(checks: number): void {
      let refusal: { error: unknown } | undefined;
      try {
        attempt();
      } catch (error) {
        refusal = { error };
      }
      const conclude = () => (refusal ? refuse(refusal.error) : admit());
      const isFinal = refusal && publicError(refusal.error).code !== 'unauthorized';
      const settling = isFinal || checks === MAX_CHECKS ? undefined : settle?.(socket);
      if (settling) settling.then((isChanged) => (isChanged ? decide(checks + 1) : conclude())).catch(refuse);
      else conclude();
    }

    function admit(): void {
      signedIn(socket.conn as unknown as Connection, socket);
      next();
    }

    function refuse(error: unknown): void {
      refusals.set(socket.conn, refused + 1);
      const { code, message } = publicError(error);
      if (code === 'rate_limited') {
        metrics.refused(audience, code);
        metrics.transportClosed(code);
        const details = { audience, reason: 'guessing' };
        audit.record({ actor: handshake.address, kind: 'login.failed', outcome: code, details });
        return void socket.conn.close();
      }
      if (code === 'unavailable') {
        metrics.transportClosed(code);
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

/** The token in either of its two places, unchecked. */
function tokenIn({ auth }: Socket['handshake']): string | undefined {
  return [auth.token, auth.authToken].find((it) => typeof it === 'string' && it !== '');
}

/** The device id that a refused player claims. It is not proven, but helps to find the player. */
function claimedDevice({ handshake }: Visitor): string | undefined {
  return [handshake.auth.deviceId, handshake.query.deviceId]
    .map((id) => ID.safeParse(id).data)
    .find((id) => id !== undefined);
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? (error as { reason?: unknown }).reason : undefined;
  return typeof reason === 'string' ? reason : 'other';
}
