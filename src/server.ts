import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { BlockChanged } from './access/blocks.ts';
import type { TokenChange } from './access/shared-tokens.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { createRunLog } from './adapters/database/run-log.ts';
import { lockDataDir } from './adapters/files/lock.ts';
import { finishRestore } from './adapters/files/restore-swap.ts';
import { loadSecrets, type Secrets } from './adapters/files/secrets.ts';
import { createGuard } from './adapters/notifiers/guard.ts';
import { createMetrics } from './adapters/prometheus.ts';
import type { Cluster } from './cluster/cluster.ts';
import { openAccess } from './compose/access.ts';
import { alertsPart } from './compose/alerts.ts';
import { clusterPart, connectRedis } from './compose/cluster.ts';
import { openDesired } from './compose/desired.ts';
import { openFleet } from './compose/fleet.ts';
import { readGauges } from './compose/gauges.ts';
import { httpPart } from './compose/http.ts';
import { running } from './compose/lifecycle.ts';
import { picturesPart } from './compose/pictures.ts';
import { createPipeline } from './compose/pipeline.ts';
import { realtimePart } from './compose/realtime.ts';
import { openReports } from './compose/reports.ts';
import { openRollouts } from './compose/rollouts.ts';
import { openSchedules } from './compose/schedules.ts';
import { createSockets } from './compose/sockets.ts';
import { openStorage } from './compose/storage.ts';
import { openWebhooks } from './compose/webhooks.ts';
import type { Config } from './config.ts';
import { CommandDesk } from './fleet/command-desk.ts';
import type { ChangeListener } from './fleet/fleet.ts';
import type { LedgerEntry } from './fleet/ledger-entry.ts';
import { endConsoleSession, endSessions, isSessionOpen } from './gateway/admin-rooms.ts';
import { notifyEnding } from './gateway/admins.ts';
import { DeviceBudgets } from './gateway/budgets.ts';
import { closeTransports } from './gateway/end-sockets.ts';
import { createGuards, type Guards } from './gateway/guards.ts';
import { openWaitingPort } from './http/waiting-port.ts';
import type { CommandRecord } from './protocol/commands.ts';
import { unexpectedErrors } from './unexpected.ts';
import { readVersion } from './version.ts';

export interface RunningServer {
  port: number;
  /** Reports an unexpected error. */
  failed(error: unknown): void;
  /** Applies what may change while the server runs: tokens, certificate and log level. */
  reload(changed: Config): Promise<void>;
  /** Stops gracefully: refuses new connections, closes the existing ones gradually, and stores pending records. */
  stop(): Promise<void>;
}

/**
 * The composition root: the only module that knows all others. Opens what is stored, builds the parts, and starts them
 * in the order of the calls of `life`; they stop in reverse order. Calls `show` at once with tokens that were generated
 * at this start, because the next start finds them and does not show them again.
 * @throws LockedError if DATA_DIR is in use; DatabaseError; RedisError; an Error with code EADDRINUSE if the port is
 */
export async function startServer(
  config: Config,
  log: Logger,
  show: (generated: Secrets['generated']) => void,
): Promise<RunningServer> {
  const version = readVersion();
  const { metrics, registry } = createMetrics();
  const failed = unexpectedErrors(log, metrics);
  const basics = { config, clock, log, metrics };
  // Unique per process: a restarted instance is another one.
  const me = `${config.nodeId}:${randomBytes(6).toString('hex')}`;
  const { redisUrl } = config;
  const isShared = redisUrl !== undefined;

  const server = await running(async (life) => {
    await life.open(lockDataDir(config.dataDir), (lock) => lock.release());
    if (await finishRestore(config.dataDir)) log.warn('a restore that was interrupted is complete now');
    const secrets = await loadSecrets(config.dataDir, config);
    show(secrets.generated);
    const waitingPort = await life.open(openWaitingPort(config), (it) => it.close());
    const storage = await life.start(openStorage({ ...basics, instance: isShared ? me : undefined }));
    const { store, audit } = storage;
    const redis = isShared
      ? await life.start(connectRedis(redisUrl, me, clock, log, { changed: membershipChanged, lapsed }))
      : undefined;
    const sockets = createSockets({ ...basics, adapter: redis?.adapter });
    const access = await life.start(
      openAccess({
        ...basics,
        ...{ secrets, store, audit, signingKey: storage.signingKey },
        tokenRemoved: (tokenId) => endSessions(sockets.admins, tokenId),
        sessions: {
          ended: (id) => endConsoleSession(sockets.admins, id),
          isOpen: (id) => isSessionOpen(sockets.admins, id),
        },
        sessionsEnded: (deviceId) => closeTransports(sockets.players, deviceId),
        blockChanged,
        shared: { written: tokenWritten, published: tokensPublished },
      }),
    );
    const budgets = new DeviceBudgets({ clock, settings: config, restricted, addressRestricted });
    const fleetPart = await openFleet({
      ...basics,
      ...{ storage, access, queue: sockets.queue, membership: redis?.membership },
      listeners: { changed: heldChanged, gaveUp, adopted },
      ...{ commandChanged, commandEnded, budgets },
      notifyEnding: notifyEnding.bind(undefined, sockets.admins),
    });
    const { fleet, ledger, endings, intake } = fleetPart;
    const { learn: learnToken, reload: reloadTokens, rereadFleetTokens } = access;
    const learning = { learnToken, reloadTokens, rereadFleetTokens, budgets };
    const clustered = redis && clusterPart({ ...basics, ...learning, redis, storage, fleet: fleetPart, changed });
    const cluster = clustered?.cluster;
    const devices = cluster?.directory ?? fleet;
    const routing = { router: cluster?.directory ?? intake, instance: isShared ? me : null };
    const desk = new CommandDesk({ ledger, endings, devices, ...routing, clock, log });
    const document = (id: string) => devices.get(id)?.document;
    const share = {
      nodes: () => redis?.membership.nodes ?? [config.nodeId],
      isShared,
      holder: (id: string) => cluster?.directory.holder(id) ?? (fleet.find(id) ? 'us' : 'nobody'),
    } as const;
    const guards = createGuards({ ...basics, budgets, devices, audit, settings: config });
    // The port is known once it is open, and nothing is sent before.
    const guard = createGuard(() => http.port);
    const events = await openWebhooks({ ...basics, guard, ...storage, node: config.nodeId, share, document });
    const alerts = alertsPart({ ...basics, storage, devices, guards, guard, share, alertChanged: events.alertChanged });
    const desired = openDesired({ ...basics, fleet, desk, store, audit, policies: alerts.alerts.policies, ...share });
    const scheduling = openSchedules({
      ...{ ...basics, store, audit, runs: createRunLog(storage.database, log), node: config.nodeId, share },
      ...{ devices, desk, tokens: access.admins, policies: alerts.alerts.policies },
    });
    const pictures = picturesPart({ ...basics, storage, devices, isShared, stored: events.pictured });
    const rollouts = openRollouts({
      ...{ ...basics, storage, desk, devices, share, tokens: access.admins },
      webhooks: events.webhooks,
    });
    const reports = openReports({ ...basics, storage, devices, alerts: alerts.alerts, guard, share });
    const serving = { storage, sockets, access, devices, desk, fleet: fleetPart };
    const feeds = { rollouts, alerts: alerts.alerts.desk };
    const realtime = realtimePart({ ...basics, ...serving, guards, pictures: pictures.onPlayers, ...feeds });
    const http = await httpPart({
      ...basics,
      ...serving,
      ...{ version, registry, failed, cluster, pictures, alerts: alerts.alerts },
      ...{ desired: desired.states, schedules: scheduling.schedules, webhooks: events.webhooks, rollouts },
      reports: reports.desk,
    });

    // Where the outputs of the parts go. Nothing comes out of a part before all of them are made.
    function changed(...[update, after, before]: Parameters<ChangeListener>): void {
      realtime.changed(update, after, before);
      alerts.changed(update, after, before);
      if ('deleted' in update) pictures.removed(update.deviceId);
    }
    /** A change of a device that this instance owns. */
    function heldChanged(...[update, after, before]: Parameters<ChangeListener>): void {
      changed(update, after, before);
      storage.changed(update, after, before);
      events.changed(update, after, before);
      desired.changed(update, after, before);
      cluster?.deviceChanged(update);
    }
    function gaveUp(deviceId: string): void {
      alerts.actorGaveUp(deviceId);
    }
    function adopted(deviceId: string): void {
      desired.adopted(deviceId);
    }
    function commandChanged(entry: LedgerEntry): void {
      cluster?.commandChanged(entry);
    }
    function commandEnded(record: CommandRecord): void {
      events.commandEnded(record);
    }
    function restricted(...it: Parameters<Guards['restricted']>): void {
      guards.restricted(...it);
    }
    function addressRestricted(...it: Parameters<Guards['addressRestricted']>): void {
      guards.addressRestricted(...it);
    }
    function blockChanged(...[id, blocked]: Parameters<BlockChanged>): void {
      fleet.find(id)?.noteBlocked(blocked);
      if (blocked) realtime.served.reject(id, 'blocked');
    }
    function tokenWritten(change: TokenChange): void {
      cluster?.tokenWritten(change);
    }
    async function tokensPublished(): Promise<void> {
      await cluster?.flush();
    }
    function membershipChanged(...it: Parameters<Cluster['membershipChanged']>): void {
      cluster?.membershipChanged(...it);
    }
    async function lapsed(): Promise<void> {
      await cluster?.lapsed();
    }
    readGauges({ ...serving, version, registry, cluster, alerts: alerts.alerts, webhooks: events.webhooks, ...share });

    // Pending requests are answered until the instance has left the cluster.
    await life.open(http, (it) => it.close());
    if (clustered) await life.start(clustered);
    const stages = { ingest: fleetPart.coalescer, stream: realtime.stream, outbox: cluster && { flush: cluster.tick } };
    await life.start(createPipeline({ clock, intervalMs: config.streamIntervalMs, ...stages }));
    const record = (kind: string) =>
      audit.record({ actor: 'server', kind, outcome: 'ok', details: { version, node: config.nodeId } });
    let isServing = false;
    await life.start({ stop: () => void (isServing && record('server.stopped')) });
    await life.start(fleetPart);
    for (const { document } of devices.all()) access.cameFrom(document.connection.address);
    await life.start(pictures);
    await life.start(events.webhooks);
    await life.start(alerts);
    await life.start(desired);
    await life.start(rollouts);
    await life.start({ stop: () => guards.budgets.stop() });
    await waitingPort.close();
    await life.start(http);
    await life.start(realtime);
    await life.start(scheduling);
    await life.start(reports);
    record('server.started');
    isServing = true;
    const { port, transport } = http;
    log.info({ port, host: config.host, transport, version, devices: [...fleet.hosts].length }, 'listening');
    return { port, connections: () => sockets.io.connectionCount, access, http };
  });

  return {
    port: server.port,
    failed,
    reload: async (changed) => {
      // Everything is read before anything is applied. Secrets come last, since that may write new ones.
      const applyHttp = server.http.reread(changed);
      const secrets = await loadSecrets(config.dataDir, changed);
      show(secrets.generated);
      server.access.configure(secrets);
      applyHttp();
      log.level = changed.logLevel;
    },
    stop: async () => {
      log.info('draining');
      const connections = server.connections();
      await server.stop();
      log.info({ connections }, 'stopped');
    },
  };
}
