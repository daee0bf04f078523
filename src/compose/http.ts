import type { Registry } from 'prom-client';
import { signInAs } from '../access/player-auth.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Config } from '../config.ts';
import { createHost } from '../gateway/host.ts';
import { serveConsole } from '../http/console.ts';
import { createProbes, readinessOf } from '../http/probes.ts';
import { createRoutes } from '../http/routes.ts';
import { createBodyCheck } from '../http/secured.ts';
import { type RestDeps, restApi } from './rest.ts';
import type { Sockets } from './sockets.ts';

interface Deps extends RestDeps {
  registry: Registry;
  failed(error: unknown): void;
  sockets: Sockets;
  cluster: Cluster | undefined;
}

/**
 * Fits the first documents of 10,000 devices. A client with a larger backlog is disconnected; it resumes with its
 * cursor.
 */
const MAX_BACKPRESSURE_BYTES = 64 * 1024 * 1024;
/** Spreads the reconnects: 1,000 players take five seconds. */
const DRAIN_MS_PER_CONNECTION = 5;

/** The port, with REST, console, probes and sockets. */
export async function httpPart({ config, sockets, storage, access, desk, cluster, pictures, alerts, ...deps }: Deps) {
  const { log, registry, failed } = deps;
  const { guesses, clientAddress, isTrusted, sessions } = access;
  const { io, queue, closed } = sockets;
  const { database, store } = storage;
  const signInDevice = signInAs.bind(undefined, access.authenticatePlayer);
  const app = restApi({ config, storage, access, desk, pictures, alerts, ...deps });
  serveConsole(app, config.basePath);
  const ready = readinessOf({ io, store, databaseKind: database.kind, cluster });
  let { metricsToken } = config;
  const metricsText = () => registry.metrics();
  const probe = createProbes({ ready, metrics: metricsText, metricsToken: () => metricsToken, guesses });
  const checkBody = createBodyCheck(
    { tokens: access.admins, sessions, guesses },
    (id, token) => signInDevice(id, token) !== undefined,
  );
  const host = await createHost(
    {
      io,
      routes: createRoutes({ probe, app, clientAddress, isTrusted, ...config, checkBody }),
      settings: { ...config, maxBackpressureBytes: MAX_BACKPRESSURE_BYTES },
      closed,
      failed,
    },
    (reason) => log.warn({ reason }, "no native server loads here: Node's own serves instead"),
  );
  let port = 0;
  return {
    transport: host.kind,
    get port() {
      return port;
    },
    /**
     * Reads the certificate again.
     * @returns what applies it, and the changed token for `/metrics`
     */
    reread: (changed: Pick<Config, 'metricsToken'>) => {
      const applyCertificate = host.readCertificate();
      return () => {
        ({ metricsToken } = changed);
        applyCertificate();
      };
    },
    /** Ends pending requests. */
    close: () => host.close(),
    async start(): Promise<void> {
      io.open();
      port = await host.listen(config.port, config.host);
    },
    /** The port stays open while draining: probes must see it, and long-polling needs it to deliver the close. */
    async stop(): Promise<void> {
      await io.drain(Math.min(config.drainMs * 0.6, io.connectionCount * DRAIN_MS_PER_CONNECTION));
      // Waits until the last messages and disconnects are processed.
      await queue.run(() => {});
      host.stopListening();
    },
  };
}
