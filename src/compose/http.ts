import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { signInAs } from '../access/player-auth.ts';
import { createRequestRate } from '../access/request-rate.ts';
import { createCommandHistory } from '../adapters/database/command-history.ts';
import { createStatistics } from '../adapters/database/statistics/statistics.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Config } from '../config.ts';
import type { Devices } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import { createHost } from '../gateway/host.ts';
import { createApp, type HttpDeps } from '../http/app.ts';
import { serveConsole } from '../http/console.ts';
import { createProbes, readinessOf } from '../http/probes.ts';
import { createRoutes, MAX_BODY_BYTES } from '../http/routes.ts';
import { createBodyCheck } from '../http/secured.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { SavedViews } from '../views/saved-views.ts';
import type { openAccess } from './access.ts';
import type { picturesPart } from './pictures.ts';
import type { Sockets } from './sockets.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  version: string;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  registry: Registry;
  failed(error: unknown): void;
  storage: Storage;
  sockets: Sockets;
  access: Awaited<ReturnType<typeof openAccess>>;
  devices: Devices;
  desk: CommandDesk;
  cluster: Cluster | undefined;
  pictures: ReturnType<typeof picturesPart>;
  alerts: Alerts;
  desired: HttpDeps['desired'];
  schedules: HttpDeps['schedules'];
  webhooks: HttpDeps['webhooks'];
  rollouts: HttpDeps['rollouts'];
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
  const { clock, log, metrics, registry, failed, version, devices, desired, schedules, webhooks, rollouts } = deps;
  const { guesses, clientAddress, isTrusted, sessions } = access;
  const { io, queue, closed } = sockets;
  const { database, store, audit, history } = storage;
  const signInDevice = signInAs.bind(undefined, access.authenticatePlayer);
  const app = createApp({
    ...config,
    devices,
    commands: desk,
    tokens: access.admins,
    sessions,
    deviceTokens: access.devices,
    blocks: access.blocks,
    snapshots: {
      ...pictures.library,
      take: pictures.take,
      authenticate: signInDevice,
      settle: (deviceId, token) => access.playerSignIn.settle({ deviceId, token }),
      maxBytes: config.maxMessageBytes,
    },
    statistics: createStatistics(database.db, log),
    log,
    metrics,
    audit,
    history,
    past: storage.past,
    policies: alerts.policies,
    desired,
    alerts: alerts.desk,
    channels: alerts.channels,
    schedules,
    webhooks,
    rollouts,
    views: new SavedViews(store, clock),
    commandHistory: createCommandHistory(database, log),
    clock,
    guesses,
    mayAsk: createRequestRate(clock),
    maxBodyBytes: MAX_BODY_BYTES,
    version,
  });
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
