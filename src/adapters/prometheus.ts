import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../ports/metrics.ts';
import { channelKinds } from '../protocol/channels.ts';
import { commandEndings } from '../protocol/commands.ts';
import { restrictionReasons } from '../protocol/document.ts';
import { replaceEventLoopLag } from './event-loop-lag.ts';
import { known, reasons } from './prometheus-labels.ts';

/** A screenshot takes a quarter of a second; the largest take a few seconds on a busy machine. */
const PICTURE_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a few milliseconds on a local network to several attempts of 10 s. */
const COMMAND_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A commit is one fsync: a millisecond on a fast disk, a second on a slow one. */
const DATABASE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/**
 * The counters for Prometheus, in a registry of their own; `registerGauges` adds the gauges. Frequent events are counted
 * in plain numbers that are read only at a scrape. Label values are bounded: an unexpected reason counts as `other`.
 */
export function createMetrics(): { metrics: Metrics; registry: Registry } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 60_000 });
  replaceEventLoopLag(registry);
  const { total, labelled } = countersIn(registry);

  const reports = total('reports', 'Processed states and partial states of players.');
  const overtaken = total(
    'reports_overtaken',
    'States that were skipped under load because a newer one of the same device superseded them.',
  );
  const reportBytes = total('report_bytes', 'Approximate size of the processed states as JSON.');
  const unchanged = total(
    'reports_unchanged',
    'Reports without a material change (identical, or only volatile fields).',
  );
  const changes = total('changes', 'Changes of device documents; each is one patch.');
  const batches = total('stream_batches', 'Batches of updates created for admins.');
  const updates = total('stream_updates', 'Updates in these batches.');
  const late = total('late_responses', 'Responses to commands that had already ended.');
  const registrations = total('registrations', 'Registrations of players: new, reconnected, or taking over.');
  const takeovers = total('takeovers', 'Registrations that replaced a session of the same device.');
  const conflicts = total('conflicts', 'Conflicts: a device id is used by two machines.');
  const restrictions = labelled(
    'restrictions',
    'Restrictions of misbehaving devices by reason.',
    ['reason'],
    [restrictionReasons],
  );
  const restarts = total('actor_restarts', 'Device actors that were restarted after an error.');
  const uncaught = total(
    'uncaught_errors',
    'Unexpected errors. Each cost one request, message or timer; the log has the stack.',
  );

  const streamBytes = labelled(
    'stream_bytes',
    'Size of these batches as JSON and as deflated JSON, each counted once regardless of the number of admins.',
    ['encoding'],
    [['json', 'deflate']],
  );
  const snapshots = labelled(
    'stream_snapshots',
    'Full sets of documents sent to an admin: at the first subscription, or because the cursor was too old.',
    ['reason'],
    [['first', 'cursor']],
  );
  const resyncs = labelled(
    'stream_resyncs',
    'Admins that were asked to subscribe again.',
    ['reason'],
    [[...reasons.resync, 'other']],
  );
  const sent = labelled(
    'commands_sent',
    'Command attempts sent to players.',
    ['command'],
    [[...reasons.command, 'other']],
  );
  const ended = labelled(
    'commands',
    'Ended commands by result.',
    ['command', 'status'],
    [[...reasons.command, 'other'], commandEndings],
  );
  const verifications = labelled(
    'command_verifications',
    'Verdicts of the state on commands without a response.',
    ['command', 'verdict'],
    [
      [...reasons.command, 'other'],
      ['effect', 'none', 'unclear'],
    ],
  );
  const authFailures = labelled(
    'auth_failures',
    'Refused sign-ins.',
    ['audience', 'reason'],
    [
      ['player', 'admin', 'rest'],
      [...reasons.authFailure, 'other'],
    ],
  );
  const refusals = labelled('refused', 'Refused messages and requests by error code.', ['audience', 'code']);
  const lost = labelled(
    'connections_lost',
    'Connections of registered players that ended.',
    ['reason'],
    [[...reasons.connectionLost, 'other']],
  );
  const closed = labelled(
    'transports_closed',
    'Transports closed by the server.',
    ['reason'],
    [[...reasons.transportClosed, 'other']],
  );
  const pictures = labelled(
    'pictures',
    'Stored screenshots by origin.',
    ['source'],
    [['state', 'response', 'upload', 'fetch']],
  );
  const pictureBytes = total('picture_bytes', 'Size of the stored screenshots, without thumbnails.');
  const picturesRefused = labelled(
    'pictures_refused',
    'Screenshots that were not stored, by reason.',
    ['reason'],
    [[...reasons.pictureRefused, 'other']],
  );
  const notifications = labelled(
    'notifications',
    'Messages with alerts by channel, and with events to webhooks (`events`), by outcome.',
    ['channel', 'outcome'],
    [
      ['alertmanager', ...channelKinds, 'events'],
      ['sent', 'failed', 'dropped'],
    ],
  );
  const scheduleRuns = labelled(
    'schedule_runs',
    'Runs of schedules by outcome. `interrupted`: the command was not sent to all devices.',
    ['outcome'],
    [['done', 'missed', 'interrupted']],
  );
  const playersMoved = labelled(
    'players_moved',
    'Players that this instance moved to others because it had more than its share, by what became of them.',
    ['outcome'],
    [['arrived', 'returned', 'lost']],
  );
  const messagesLost = total(
    'cluster_news_lost',
    'Gaps in the messages of another instance; their content was read from the registry.',
  );
  const requestSeconds = new Histogram({
    name: 'vigia_http_request_seconds',
    help: 'Duration of a REST request until its response starts; with wait=true, it includes the command.',
    labelNames: ['method', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  const pictureSeconds = new Histogram({
    name: 'vigia_picture_seconds',
    help: 'Processing time of a screenshot, without its time in the queue.',
    buckets: PICTURE_SECONDS,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'vigia_command_duration_seconds',
    help: 'Time from the acceptance of a command to its ending.',
    labelNames: ['command', 'status'],
    buckets: COMMAND_SECONDS,
    registers: [registry],
  });

  const databaseSeconds = new Histogram({
    name: 'vigia_database_write_seconds',
    help: 'Duration of a database transaction, until it is committed or has failed.',
    labelNames: ['outcome'],
    buckets: DATABASE_SECONDS,
    registers: [registry],
  });

  return {
    registry,
    metrics: {
      report(bytes) {
        reports(1);
        reportBytes(bytes);
      },
      reportOvertaken: () => overtaken(1),
      reportWithoutChange: () => unchanged(1),
      change: () => changes(1),
      batch(count, jsonBytes, deflatedBytes) {
        batches(1);
        updates(count);
        streamBytes.add(jsonBytes, 'json');
        streamBytes.add(deflatedBytes, 'deflate');
      },
      snapshot: (reason) => snapshots.add(1, reason),
      resync: (reason) => resyncs.add(1, known.resync(reason)),
      commandSent: (command) => sent.add(1, known.command(command)),
      commandEnded(name, status, seconds) {
        const command = known.command(name);
        ended.add(1, command, status);
        duration.observe({ command, status }, seconds);
      },
      verification: (command, verdict) => verifications.add(1, known.command(command), verdict),
      lateResponse: () => late(1),
      registered: () => registrations(1),
      takeover: () => takeovers(1),
      conflict: () => conflicts(1),
      restricted: (reason) => restrictions.add(1, reason),
      connectionLost: (reason) => lost.add(1, known.connectionLost(reason)),
      actorRestarted: () => restarts(1),
      uncaughtError: () => uncaught(1),
      authFailure: (audience, reason) => authFailures.add(1, audience, known.authFailure(reason)),
      refused: (audience, code) => refusals.add(1, audience, code),
      transportClosed: (reason) => closed.add(1, known.transportClosed(reason)),
      databaseWrite: (seconds, outcome) => databaseSeconds.observe({ outcome }, seconds),
      pictureStored(source, bytes, seconds) {
        pictures.add(1, source);
        pictureBytes(bytes);
        pictureSeconds.observe(seconds);
      },
      request: (method, status, seconds) =>
        requestSeconds.observe({ method: known.method(method), status: `${status}xx` }, seconds),
      messagesLost: () => messagesLost(1),
      notification: (channel, outcome) => notifications.add(1, channel, outcome),
      scheduleRun: (outcome) => scheduleRuns.add(1, outcome),
      playerMoved: (outcome) => playersMoved.add(1, outcome),
      pictureRefused: (reason) => picturesRefused.add(1, known.pictureRefused(reason)),
    },
  };
}

function countersIn(registry: Registry) {
  const registers = [registry];
  return {
    /** A counter without labels: incrementing it is a single addition. */
    total(name: string, help: string): (by: number) => void {
      let sum = 0;
      new Counter({
        name: `vigia_${name}_total`,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(sum);
        },
      });
      return (by) => {
        sum += by;
      };
    },
    labelled(
      name: string,
      help: string,
      labelNames: readonly string[],
      expected: readonly (readonly string[])[] = [],
    ): { add(by: number, ...labels: string[]): void } {
      const counter = new Counter({ name: `vigia_${name}_total`, help, labelNames, registers });
      // Initialized with zero: `rate()` would miss the first event of a series that starts with it.
      for (const labels of combinations(expected)) counter.labels(...labels).inc(0);
      return { add: (by, ...labels) => counter.labels(...labels).inc(by) };
    },
  };
}

/** The Cartesian product. */
function combinations(of: readonly (readonly string[])[]): string[][] {
  if (of.length === 0) return [];
  return of.reduce<string[][]>((all, values) => all.flatMap((one) => values.map((value) => [...one, value])), [[]]);
}
