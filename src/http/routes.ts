import type { VigiaError } from '../protocol/errors.ts';
import type { ProbeAnswer, ProbePath } from './probes.ts';
import type { BodyVerdict } from './secured.ts';

export type Fetch = (
  request: Request,
  info: { address: string; refused?: VigiaError | undefined },
) => Response | Promise<Response>;

/** Who sends a request: the address of the connection, and its headers as far as they say who. */
export interface Sender {
  address: string;
  forwardedFor: string;
  authorization: string | undefined;
}

/** A REST request body: the largest is a command for 10,000 named devices. */
export const MAX_BODY_BYTES = 2_000_000;

/** What is served beside Socket.IO on the one port. */
export interface Routes {
  probe(path: ProbePath, method: string, sender: Sender): Promise<ProbeAnswer>;
  fetch: Fetch;
  maxBodyBytes(path: string): number;
  /** Whether its body is read at all; if not, what is returned goes to `fetch`. */
  checkBody(path: string, sender: Sender): BodyVerdict;
}

interface RoutesDeps {
  probe(path: ProbePath, authorization: string | undefined, method: string, address: string): Promise<ProbeAnswer>;
  app: {
    fetch(request: Request, env: { address: string; refused: VigiaError | undefined }): Response | Promise<Response>;
  };
  /** Who is behind the address of the connection, by `X-Forwarded-For`. */
  clientAddress(peer: string, forwardedFor: string): string;
  maxMessageBytes: number;
  tlsKeyFile?: string | undefined;
  checkBody(path: string, authorization: string | undefined, address: string): BodyVerdict;
}

export const createRoutes = ({
  probe,
  app,
  clientAddress,
  maxMessageBytes,
  checkBody,
  tlsKeyFile,
}: RoutesDeps): Routes => ({
  probe: (path, method, { address, forwardedFor, authorization }) =>
    probe(path, authorization, method, clientAddress(address, forwardedFor)),
  fetch: async (request, { address, refused }) => {
    const client = clientAddress(address, request.headers.get('x-forwarded-for') ?? '');
    const response = await app.fetch(request, { address: client, refused });
    // Where it serves TLS itself; a proxy says so for its own.
    if (tlsKeyFile) response.headers.set('Strict-Transport-Security', 'max-age=31536000');
    return response;
  },
  checkBody: (path, { address, forwardedFor, authorization }) =>
    checkBody(path, authorization, clientAddress(address, forwardedFor)),
  maxBodyBytes: (path) => (/\/snapshot\/?$/.test(path) ? maxMessageBytes : MAX_BODY_BYTES),
});
