import type { Logger } from 'pino';
import type { ServerOptions } from 'socket.io';
import type { Config } from '../config.ts';
import { visitorOf } from '../gateway/connection.ts';
import { type Closed, Io } from '../gateway/io.ts';
import { WorkQueue } from '../gateway/work-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  adapter: ServerOptions['adapter'] | undefined;
}

export type Sockets = ReturnType<typeof createSockets>;

/** The Socket.IO server with its two namespaces, still without handlers. */
export function createSockets({ config, clock, log, metrics, adapter }: Deps) {
  const queue = new WorkQueue(clock);
  const closed: Closed = (reason, connection) => {
    metrics.transportClosed(reason);
    log.warn({ reason, ...(connection && visitorOf(connection)) }, 'transport closed by the server');
    if (connection) connection.closedFor = reason;
  };
  const io = new Io({ settings: config, clock, log, metrics, queue, closed, adapter });
  return { io, queue, closed, players: io.players, admins: io.admins };
}
