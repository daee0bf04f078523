import { plainAddress } from '../ports/address.ts';
import type { VigiaError } from '../protocol/errors.ts';
import type { HttpEnv } from './env.ts';
import type { ProbeAnswer, ProbePath } from './probes.ts';
import type { BodyVerdict } from './secured.ts';

export type Fetch = (
  request: Request,
  info: { address: string; refused?: VigiaError | undefined },
) => Response | Promise<Response>;

/** The sender of a request: the peer address, and the headers that identify it. */
export interface Sender {
  address: string;
  forwardedFor: string;
  authorization: string | undefined;
  cookie?: string | undefined;
  host?: string | undefined;
}

/** The largest REST body is a command for 10,000 device ids. */
export const MAX_BODY_BYTES = 2_000_000;

/** Everything served on the port beside Socket.IO. */
export interface Routes {
  probe(path: ProbePath, method: string, sender: Sender): Promise<ProbeAnswer>;
  fetch: Fetch;
  maxBodyBytes(path: string): number;
  /** Decides by the head whether to read the body. An error that it returns is passed to `fetch`. */
  checkBody(path: string, sender: Sender): BodyVerdict;
}

interface RoutesDeps {
  probe(path: ProbePath, authorization: string | undefined, method: string, address: string): Promise<ProbeAnswer>;
  app: {
    fetch(request: Request, env: NonNullable<HttpEnv['Bindings']>): Response | Promise<Response>;
  };
  /** The client's address: the peer, or the one in `X-Forwarded-For` if the peer is a trusted proxy. */
  clientAddress(peer: string, forwardedFor: string): string;
  /** Whether the peer is a trusted proxy. */
  isTrusted(peer: string): boolean;
  maxMessageBytes: number;
  tlsKeyFile?: string | undefined;
  checkBody(path: string, sender: Pick<Sender, 'authorization' | 'cookie' | 'host'>, address: string): BodyVerdict;
}

export const createRoutes = ({
  probe,
  app,
  clientAddress,
  isTrusted,
  maxMessageBytes,
  checkBody,
  tlsKeyFile,
}: RoutesDeps): Routes => ({
  probe: (path, method, { address, forwardedFor, authorization }) =>
    probe(path, authorization, method, clientAddress(address, forwardedFor)),
  fetch: async (request, { address, refused }) => {
    const client = clientAddress(address, request.headers.get('x-forwarded-for') ?? '');
    const response = await app.fetch(request, {
      address: client,
      peer: plainAddress(address) ?? address,
      isTrusted: isTrusted(address),
      isTls: tlsKeyFile !== undefined,
      refused,
    });
    // Only if this server terminates TLS; otherwise the proxy sets it.
    if (tlsKeyFile) response.headers.set('Strict-Transport-Security', 'max-age=31536000');
    return response;
  },
  checkBody: (path, { address, forwardedFor, ...sender }) =>
    checkBody(path, sender, clientAddress(address, forwardedFor)),
  maxBodyBytes: (path) => (/\/snapshot\/?$/.test(path) ? maxMessageBytes : MAX_BODY_BYTES),
});
