import type { ProbeAnswer, ProbePath } from './probes.ts';

export type Fetch = (request: Request, info: { address: string }) => Response | Promise<Response>;

/** A REST request body: the largest is a command for 10,000 named devices. */
export const MAX_BODY_BYTES = 2_000_000;

/** What is served beside Socket.IO on the one port. */
export interface Routes {
  probe(path: ProbePath, authorization: string | undefined, method: string): Promise<ProbeAnswer>;
  fetch: Fetch;
  maxBodyBytes(path: string): number;
  /** Whether its body is read at all. */
  mayHaveBody(path: string, authorization: string | undefined): boolean;
}

interface RoutesDeps {
  probe: Routes['probe'];
  app: { fetch(request: Request, env: { address: string }): Response | Promise<Response> };
  /** Who is behind the address of the connection, by `X-Forwarded-For`. */
  clientAddress(peer: string, forwardedFor: string): string;
  maxMessageBytes: number;
  tlsKeyFile?: string | undefined;
  mayHaveBody: Routes['mayHaveBody'];
}

export const createRoutes = ({
  probe,
  app,
  clientAddress,
  maxMessageBytes,
  mayHaveBody,
  tlsKeyFile,
}: RoutesDeps): Routes => ({
  probe,
  fetch: async (request, { address }) => {
    const client = clientAddress(address, request.headers.get('x-forwarded-for') ?? '');
    const response = await app.fetch(request, { address: client });
    // Where it serves TLS itself; a proxy says so for its own.
    if (tlsKeyFile) response.headers.set('Strict-Transport-Security', 'max-age=31536000');
    return response;
  },
  mayHaveBody,
  maxBodyBytes: (path) => (/\/snapshot\/?$/.test(path) ? maxMessageBytes : MAX_BODY_BYTES),
});
