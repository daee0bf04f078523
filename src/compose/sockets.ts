import type { Logger } from 'pino';
import type { ServerOptions } from 'socket.io';
import type { Config } from '../config.ts';
import { Io } from '../gateway/io.ts';
import { Pace } from '../gateway/pace.ts';
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

/** The Socket.IO server and its two namespaces, which nobody serves yet. */
export function createSockets({ config, clock, log, metrics, adapter }: Deps) {
  const pace = new Pace(clock);
  const closed = (reason: string) => {
    metrics.transportClosed(reason);
    log.warn({ reason }, 'transport closed by the server');
  };
  const io = new Io({ settings: config, clock, log, metrics, pace, closed, adapter });
  return { io, pace, closed, players: io.players, admins: io.admins };
}
