import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../ports/metrics.ts';
import { channels } from '../ports/notifier.ts';
import { commandEndings } from '../protocol/commands.ts';
import { restrictionReasons } from '../protocol/document.ts';
import { replaceEventLoopLag } from './event-loop-lag.ts';
import { known, reasons } from './prometheus-labels.ts';

/** A screenshot takes a quarter of a second; the largest, on a busy machine, some. */
const PICTURE_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Commands take from some milliseconds on a local network to several attempts of 10 s. */
const COMMAND_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A commit is one fsync: a millisecond on a good disk, a second on a bad day. */
const DATABASE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/**
 * The counters for Prometheus, in a registry of their own; `registerGauges` adds the rest. What happens often is added up
 * in plain numbers that are only read when somebody asks. Labels are bounded: a reason that is not expected counts as `other`.
 */
export function createMetrics(): { metrics: Metrics; registry: Registry } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 60_000 });
  replaceEventLoopLag(registry);
  const { total, labelled } = countersIn(registry);

  const reports = total('reports', 'States and partial states of players that were taken in.');
  const overtaken = total(
    'reports_overtaken',
    'States that were not, because more came than could be taken in: a newer one of the same device took their place.',
  );
  const reportBytes = total('report_bytes', 'About what these states weigh, as JSON.');
  const unchanged = total('reports_unchanged', 'Reports that changed nothing worth telling (the same, or only ticks).');
  const changes = total('changes', 'Changes of device documents; each is one patch.');
  const batches = total('stream_batches', 'Batches of updates that were made for admins.');
  const updates = total('stream_updates', 'Updates in these batches.');
  const late = total('late_responses', 'Answers to commands that nobody waited for any more.');
  const registrations = total(
    'registrations',
    'Players that registered: new ones, those that came back, and those that took over.',
  );
  const takeovers = total('takeovers', 'Registrations that replaced a session of the same device.');
  const conflicts = total('conflicts', 'Devices whose id turned out to be used by two machines.');
  const restrictions = labelled(
    'restrictions',
    'Pauses of devices that did too much, by what that was.',
    ['reason'],
    [restrictionReasons],
  );
  const restarts = total('actor_restarts', 'Device actors that failed and were started again.');
  const uncaught = total(
    'uncaught_errors',
    'Errors that no code expected. Each cost one request, message or timer; the log has its stack.',
  );

  const streamBytes = labelled(
    'stream_bytes',
    'What these batches weigh, each counted once however many admins get it: as JSON, and as deflated JSON.',
    ['encoding'],
    [['json', 'deflate']],
  );
  const snapshots = labelled(
    'stream_snapshots',
    'Full sets of documents that were sent to an admin: at the first subscription, or because the cursor was too old.',
    ['reason'],
    [['first', 'cursor']],
  );
  const resyncs = labelled(
    'stream_resyncs',
    'Admins that were told to subscribe again.',
    ['reason'],
    [[...reasons.resync, 'other']],
  );
  const sent = labelled(
    'commands_sent',
    'Attempts of commands that left for a player.',
    ['command'],
    [[...reasons.command, 'other']],
  );
  const ended = labelled(
    'commands',
    'Commands that ended, by how they did.',
    ['command', 'status'],
    [[...reasons.command, 'other'], commandEndings],
  );
  const verifications = labelled(
    'command_verifications',
    'What the state said of a command without an answer.',
    ['command', 'verdict'],
    [
      [...reasons.command, 'other'],
      ['effect', 'none', 'unclear'],
    ],
  );
  const authFailures = labelled(
    'auth_failures',
    'Sign-ins that were refused.',
    ['audience', 'reason'],
    [
      ['player', 'admin', 'rest'],
      [...reasons.authFailure, 'other'],
    ],
  );
  const refusals = labelled('refused', 'Messages and requests that were refused, by error code.', ['audience', 'code']);
  const lost = labelled(
    'connections_lost',
    'Registered players whose connection ended.',
    ['reason'],
    [[...reasons.connectionLost, 'other']],
  );
  const closed = labelled(
    'transports_closed',
    'Transports that the server closed.',
    ['reason'],
    [[...reasons.transportClosed, 'other']],
  );
  const pictures = labelled(
    'pictures',
    'Screenshots that were stored, by where they came from.',
    ['source'],
    [['state', 'response', 'upload', 'fetch']],
  );
  const pictureBytes = total('picture_bytes', 'What the stored screenshots weigh, without their thumbnails.');
  const picturesRefused = labelled(
    'pictures_refused',
    'Screenshots that were not stored, and why.',
    ['reason'],
    [[...reasons.pictureRefused, 'other']],
  );
  const notifications = labelled(
    'notifications',
    'Messages with alerts, by channel, and of events (`events`), to webhooks; and whether they arrived.',
    ['channel', 'outcome'],
    [
      [...channels, 'events'],
      ['sent', 'failed'],
    ],
  );
  const newsLost = total(
    'cluster_news_lost',
    'Gaps in the messages of another instance; what they said was read instead.',
  );
  const requestSeconds = new Histogram({
    name: 'vigia_http_request_seconds',
    help: 'One request by REST, until its answer begins; one that waits for a command (wait=true) takes as long as that.',
    labelNames: ['method', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  const pictureSeconds = new Histogram({
    name: 'vigia_picture_seconds',
    help: 'From the turn of a screenshot to its being stored.',
    buckets: PICTURE_SECONDS,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'vigia_command_duration_seconds',
    help: 'From the acceptance of a command to its ending.',
    labelNames: ['command', 'status'],
    buckets: COMMAND_SECONDS,
    registers: [registry],
  });

  const databaseSeconds = new Histogram({
    name: 'vigia_database_write_seconds',
    help: 'One transaction of the database, until it is safe or has failed.',
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
      newsLost: () => newsLost(1),
      notification: (channel, outcome) => notifications.add(1, channel, outcome),
      pictureRefused: (reason) => picturesRefused.add(1, known.pictureRefused(reason)),
    },
  };
}

function countersIn(registry: Registry) {
  const registers = [registry];
  return {
    /** A counter without labels: adding to it is one addition. */
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
      // From zero on: the rate of a series that begins with its first event would miss that event.
      for (const labels of combinations(expected)) counter.labels(...labels).inc(0);
      return { add: (by, ...labels) => counter.labels(...labels).inc(by) };
    },
  };
}

/** Every choice of one of each; none of nothing. */
function combinations(of: readonly (readonly string[])[]): string[][] {
  if (of.length === 0) return [];
  return of.reduce<string[][]>((all, values) => all.flatMap((one) => values.map((value) => [...one, value])), [[]]);
}
