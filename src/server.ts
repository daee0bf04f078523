import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { signInAs } from './access/player-auth.ts';
import { createRequestRate } from './access/request-rate.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { createAlertLog } from './adapters/database/alert-log.ts';
import { createAuditLog } from './adapters/database/audit-log.ts';
import { createDatabaseBlobStore } from './adapters/database/blob-store.ts';
import { createCommandHistory } from './adapters/database/command-history.ts';
import { openHome } from './adapters/database/home.ts';
import { createHistory } from './adapters/database/journal/history.ts';
import { createJournal } from './adapters/database/journal/journal.ts';
import { openLives } from './adapters/database/lives.ts';
import { createRetention } from './adapters/database/retention.ts';
import { createSnapshotIndex } from './adapters/database/snapshot-index.ts';
import { openStateStore } from './adapters/database/state-store.ts';
import { keepPeriods } from './adapters/database/statistics/periods.ts';
import { createStatistics } from './adapters/database/statistics/statistics.ts';
import { createFileBlobStore } from './adapters/files/blob-store.ts';
import { watchFreeSpace } from './adapters/files/free-space.ts';
import { lockDataDir } from './adapters/files/lock.ts';
import { loadSecrets, type Secrets } from './adapters/files/secrets.ts';
import { createNotifiers } from './adapters/notifiers/notifiers.ts';
import { createMetrics } from './adapters/prometheus.ts';
import { openRedis } from './adapters/redis/redis.ts';
import { Alerts } from './alerts/alerts.ts';
import { DeviceEvents } from './alerts/device-events.ts';
import { coarseHistories } from './audit/coarse-histories.ts';
import { AuditTrail } from './audit/trail.ts';
import { joinCluster } from './cluster/cluster.ts';
import { Membership } from './cluster/membership.ts';
import { openAccess } from './compose/access.ts';
import { keepDesired } from './compose/desired.ts';
import { signInAll } from './compose/sign-in.ts';
import { openWebhooks } from './compose/webhooks.ts';
import type { Config } from './config.ts';
import { census } from './fleet/census.ts';
import { CommandDesk } from './fleet/command-desk.ts';
import { CommandLedger } from './fleet/command-ledger.ts';
import { type ChangeListener, Fleet } from './fleet/fleet.ts';
import { boundariesOf } from './fleet/periods.ts';
import { endSessions, publisher, serveAdmins } from './gateway/admins.ts';
import { endSockets } from './gateway/end-sockets.ts';
import { Gathering } from './gateway/gathering.ts';
import { createGuards } from './gateway/guards.ts';
import { createHost } from './gateway/host.ts';
import { Io } from './gateway/io.ts';
import { Pace } from './gateway/pace.ts';
import { servePlayers } from './gateway/serve-players.ts';
import { timersAfter } from './gateway/timers-after.ts';
import { createApp } from './http/app.ts';
import { serveConsole } from './http/console.ts';
import { createProbes, readinessOf } from './http/probes.ts';
import { createRoutes, MAX_BODY_BYTES } from './http/routes.ts';
import { createBodyCheck } from './http/secured.ts';
import { createHousekeeping } from './pictures/housekeeping.ts';
import { createLibrary } from './pictures/library.ts';
import { createPictureService } from './pictures/service.ts';
import type { Gauges } from './ports/metrics.ts';
import { Stream } from './stream/stream.ts';
import { unexpectedErrors } from './unexpected.ts';
import { readVersion } from './version.ts';

export interface RunningServer {
  port: number;
  /** Reports an error that no code expected. */
  failed(error: unknown): void;
  /** Leaves: refuses what comes, closes what is there at a pace, records what is left. */
  stop(): Promise<void>;
}

/** The first documents of 10,000 devices fit; a reader that lets more wait is cut (and comes back with its cursor). */
const MAX_BACKPRESSURE_BYTES = 64 * 1024 * 1024;

/**
 * The composition root: the one place that sees every room. Tokens that were made at this start are given to `show` at
 * once: the next start finds them and does not show them again, so this is the time even if the start then fails.
 * @throws LockedError when DATA_DIR is in use; an Error with code EADDRINUSE when the port is
 */
export async function startServer(
  config: Config,
  log: Logger,
  show: (generated: Secrets['generated']) => void,
): Promise<RunningServer> {
  const lock = await lockDataDir(config.dataDir);
  try {
    const secrets = await loadSecrets(config.dataDir, config);
    show(secrets.generated);
    return await run(config, log, secrets, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function run(config: Config, log: Logger, secrets: Secrets, release: () => Promise<void>) {
  const version = readVersion();
  const gauges = {} as Gauges;
  const { metrics, registry } = createMetrics(gauges, version);
  const failed = unexpectedErrors(log, metrics);
  const home = await openHome({ ...config, log, wrote: (seconds, outcome) => metrics.databaseWrite(seconds, outcome) });
  // Of this life of the instance: restarted, it is another one.
  const me = `${config.nodeId}:${randomBytes(6).toString('hex')}`;
  const lives = await openLives(home, config.redisUrl === undefined ? undefined : me);
  const store = await openStateStore(home, log, lives);
  const journal = createJournal({ home, clock, log, coarsened: (id) => tellCoarse(id) });
  const history = createHistory({ db: home.db, journal, log });
  const periods = keepPeriods({ home, clock, log });
  const retention = createRetention({ home, clock, log, keep: config });
  const closeHome = async () => {
    await Promise.all([journal.close(), periods.close(), retention.stop()]);
    await store.close().catch((error) => log.error({ err: error }, 'what was left could not be written'));
    await home.close();
  };

  const trail = { log: createAuditLog(home, log), clock, logger: log, writer: randomBytes(3).toString('hex') };
  const audit = new AuditTrail(trail);
  const tellCoarse = coarseHistories({ audit, clock, log });
  const redis = config.redisUrl === undefined ? undefined : await openRedis(config.redisUrl, me, log);
  const membership = redis && new Membership(me, { ...redis, clock, log });
  const access = await openAccess({ config, secrets, store, clock, audit, log });
  const ledger = await CommandLedger.load(store, clock, log);
  const settings = { ...config, tickingPaths: config.tickingPaths ?? [] };
  const pace = new Pace(clock);
  const turns = { pace, gathering: new Gathering(pace, clock, metrics.reportOvertaken) };
  const fleet = new Fleet({
    gather: turns.gathering.flushOf,
    lifted: (id) => guards.budgets.lift(id),
    store,
    clock: timersAfter(pace, clock),
    log,
    metrics,
    audit,
    tokens: access.devices,
    blocked: (id) => access.blocks.get(id),
    ledger,
    settings,
    ...(membership && { standing: membership }),
  });
  const desk = new CommandDesk({ ledger, fleet, clock, log, metrics, settings });
  const share = { nodes: () => membership?.nodes ?? [config.nodeId], isShared: redis !== undefined };
  const document = (id: string) => devices.get(id)?.document;
  const node = config.nodeId;
  const events = await openWebhooks({ home, store, clock, log, audit, metrics, node, share, document, fleet, desk });

  const closed = (reason: string) => {
    metrics.transportClosed(reason);
    log.warn({ reason }, 'transport closed by the server');
  };
  const io = new Io({ settings, clock, log, metrics, pace, closed, adapter: redis?.adapter });
  const players = io.server.of('/');
  const admins = io.server.of('/admin');
  const stream = new Stream({
    devices: { all: () => devices.all(), get: (id) => devices.get(id) },
    publish: publisher(admins),
    clock,
    metrics,
    intervalMs: config.streamIntervalMs,
    gather: turns.gathering.flush,
  });
  const files = createFileBlobStore(join(config.dataDir, 'snapshots'));
  const shelf = { blobs: redis ? createDatabaseBlobStore(home, files) : files, index: createSnapshotIndex(home) };
  const housekeeping = createHousekeeping({
    ...shelf,
    clock,
    log,
    ...config,
    isAlone: redis === undefined,
    exists: (id) => devices.get(id) !== undefined,
  });
  const changedDevices = new Set<string>();
  const deviceEvents = new DeviceEvents({ clock, evidenceOf: (id) => guards.budgets.restrictionOf(id)?.evidence });
  let regrouped = (_id: string) => {};
  let lookSoon = () => {};
  const tell: ChangeListener = (update, after, before) => {
    stream.changed(update, after, before);
    changedDevices.add(update.deviceId);
    guards.follow(update.deviceId, after, before);
    deviceEvents.changed(update.deviceId, after, before);
    if (after?.connection.restricted && !before?.connection.restricted) lookSoon();
    if (after?.group !== before?.group) regrouped(update.deviceId);
    if (!('deleted' in update)) return;
    endSockets(players, update.deviceId);
    housekeeping.forget(update.deviceId);
  };
  fleet.onChange(tell);
  fleet.onChange((update, after, before) => {
    journal.changed(update, after);
    periods.add(update.deviceId, boundariesOf(after, before, Date.parse(update.at)));
  });
  const cluster =
    redis &&
    membership &&
    joinCluster({
      ...redis,
      membership,
      fleet,
      ledger,
      desk,
      lives,
      clock,
      log,
      metrics,
      intervalMs: config.streamIntervalMs,
      maxDevices: config.maxDevices,
      changed: tell,
      restrict: (id, it) => guards.budgets.impose(id, it),
      learnToken: access.learn,
      reloadTokens: access.reload,
    });
  const devices = cluster?.directory ?? fleet;
  const guards = createGuards({ devices, clock, log, audit, metrics, settings });
  if (cluster) access.tellTo(cluster.tokenWritten, cluster.flush);
  const recorded = await fleet.recorded();
  await fleet.start(cluster ? new Map() : recorded);
  await cluster?.start(recorded);
  for (const { document } of devices.all()) access.cameFrom(document.connection.address);

  const space = watchFreeSpace(config.dataDir);
  const alerts = new Alerts({
    devices,
    changed: changedDevices,
    events: deviceEvents,
    share: { ...share, holder: (id) => cluster?.directory.holder(id) ?? (fleet.find(id) ? 'us' : 'nobody') },
    node,
    faults: () => ({ server_database_lost: !store.healthy, server_disk_full: space.isLow, ...guards.faults() }),
    store,
    graceMs: config.offlineGraceMs,
    history: createAlertLog(home),
    notifiers: createNotifiers(config, clock),
    told: events.alertChanged,
    clock,
    log,
    metrics,
  });
  lookSoon = () => alerts.soon();
  fleet.onGaveUp((id) => alerts.actorGaveUp(id));
  const { policies } = alerts;
  const desired = keepDesired({ fleet, desk, store, clock, audit, policies, ...share });

  const { guesses, clientAddress } = access;
  signInAll({ players, admins, access, io, log, metrics, audit });
  const pictures = createPictureService({
    ...shelf,
    housekeeping,
    clock,
    log,
    metrics,
    maxBytes: config.maxMessageBytes,
    playerHttp: config.playerHttp,
    document,
    listener: {
      stored: (id, snapshot) => {
        const host = devices.find(id);
        host?.pictured(snapshot);
        events.pictured(id, snapshot);
        return host !== undefined || devices.forward(id, { picture: snapshot });
      },
      refused: (id, error, arrivedAt) => devices.find(id)?.pictures.failed(error, arrivedAt),
    },
  });
  fleet.onChange((update) => void ('deleted' in update && pictures.players.forget(update.deviceId)));
  const served = servePlayers(players, {
    fleet: devices,
    blocks: access.blocks,
    pictures: pictures.players,
    ...guards,
    clock,
    log,
    metrics,
    audit,
    settings,
    turns: { ...turns, sure: () => devices.sure() },
    isDraining: () => io.isDraining,
  });
  regrouped = serveAdmins(admins, { devices, desk, stream, clock, log, metrics, audit, closed });
  access.admins.onRemoved((tokenId) => endSessions(admins, tokenId));
  access.devices.onEndSessions((id) => served.disconnect(id));
  access.blocks.onChange((id, blocked) => {
    fleet.find(id)?.noteBlocked(blocked);
    if (blocked) served.turnAway(id, 'blocked');
  });

  Object.assign(gauges, {
    ...census(fleet),
    dependencies: () => ({ database: store.healthy, ...(cluster && { redis: cluster.isReachable }) }),
    pendingCommands: () => ledger.pendingCount,
    admins: () => admins.sockets.size,
    players: () => players.sockets.size,
    records: () => ({ records: store, changes: journal, audit, periods }),
    disk: () => space,
    instances: () => membership?.nodes.length ?? 1,
    openAlerts: () => alerts.open,
  } satisfies Gauges);

  const signInDevice = signInAs.bind(undefined, access.authenticatePlayer);
  const app = createApp({
    devices,
    commands: desk,
    tokens: access.admins,
    deviceTokens: access.devices,
    blocks: access.blocks,
    snapshots: {
      ...createLibrary({ ...shelf, log }),
      take: pictures.take,
      authenticate: signInDevice,
      maxBytes: config.maxMessageBytes,
    },
    statistics: createStatistics(home.db, log),
    log,
    metrics,
    audit,
    history,
    policies,
    desired: desired.states,
    alerts,
    webhooks: events.webhooks,
    commandHistory: createCommandHistory(home, log),
    clock,
    guesses,
    mayAsk: createRequestRate(clock),
    maxBodyBytes: MAX_BODY_BYTES,
    version,
    basePath: config.basePath,
    corsOrigins: config.corsOrigins,
  });
  serveConsole(app, config.basePath);
  const ready = readinessOf({ io, store, databaseKind: home.kind, cluster });
  const probe = createProbes({ ready, metrics: () => registry.metrics(), metricsToken: config.metricsToken, guesses });
  const checkBody = createBodyCheck(access.admins, (id, token) => signInDevice(id, token) !== undefined, guesses);
  const host = await createHost(
    {
      io,
      routes: createRoutes({ probe, app, clientAddress, ...config, checkBody }),
      settings: { ...config, maxBackpressureBytes: MAX_BACKPRESSURE_BYTES },
      closed,
      failed,
    },
    (reason) => log.warn({ reason }, "no native server loads here: Node's own serves instead"),
  );
  io.open();
  const port = await host.listen(config.port, config.host).catch(async (error) => {
    await closeHome();
    throw error;
  });
  stream.start();
  housekeeping.start();
  retention.start();
  await alerts.start();
  await desired.start();
  await events.webhooks.start();
  const self = { version, node };
  audit.record({ actor: 'server', kind: 'server.started', outcome: 'ok', details: self });
  log.info({ port, host: config.host, transport: host.kind, version, devices: [...fleet.hosts].length }, 'listening');

  return {
    port,
    failed,
    stop: async () => {
      log.info('draining');
      const connections = io.connectionCount;
      stream.stop();
      // The port stays open until then: probes are to see that it drains, and long-polling needs it to be told so.
      await io.drain(Math.min(config.drainMs * 0.6, connections * DRAIN_MS_PER_CONNECTION));
      // That they left, and what they said before.
      await pace.run(() => {});
      host.stopListening();
      housekeeping.stop();
      guards.budgets.stop();
      space.stop();
      await alerts.stop();
      desired.stop();
      await events.webhooks.stop();
      await pictures.close();
      fleet.stop();
      audit.record({ actor: 'server', kind: 'server.stopped', outcome: 'ok', details: self });
      await audit.close();
      // Whoever goes on with its devices reads what was sent of their commands.
      const told = store
        .committed()
        .catch(() => {})
        .then(() => desk.announced());
      await Promise.race([told, delay(LEAVE_PATIENCE_MS)]);
      await cluster?.leave();
      redis?.close();
      await closeHome();
      await host.close();
      await release();
      log.info({ connections }, 'stopped');
    },
  };
}

const LEAVE_PATIENCE_MS = 2000;
/** So that 1,000 players come back over five seconds rather than at once. */
const DRAIN_MS_PER_CONNECTION = 5;
