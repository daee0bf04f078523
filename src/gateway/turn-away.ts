import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { errors } from '../protocol/errors.ts';
import { deafen } from './decoder.ts';
import type { PlayerSocket } from './sockets.ts';

/** Why a device that may come back later is not served now. */
export type TurnedAwayFor = 'blocked' | 'restricted' | 'fleet_full' | 'rate_limited';

/** A fielded player tries again 5 s after it was closed: the two together keep what it costs low, and are no long wait. */
const SILENCE_MS = 2000;

/**
 * How a device is kept out that is to come back by itself (SPEC P9): it is let in, told why, kept silent for a moment,
 * and its transport closes. Fielded players then count their attempts anew, where a refused handshake uses them up.
 */
export function turnAway(
  socket: PlayerSocket,
  code: TurnedAwayFor,
  { clock, metrics }: { clock: Clock; metrics: Pick<Metrics, 'refused' | 'transportClosed'> },
  silentMs = SILENCE_MS,
): void {
  socket.data.isTurnedAway = true;
  metrics.refused('player', code);
  deafen(socket);
  socket.emit('player:error', { code, message: errors[code].meaning, event: 'player:register' });
  const timer = clock.setTimeout(() => {
    metrics.transportClosed(code);
    socket.conn.close();
  }, silentMs);
  socket.once('disconnect', () => clock.clearTimeout(timer));
}
