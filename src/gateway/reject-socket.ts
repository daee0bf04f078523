import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { errors } from '../protocol/errors.ts';
import { deafen } from './decoder.ts';
import type { PlayerSocket } from './sockets.ts';

/** Why a device is temporarily not served. */
export type RejectionCode = 'blocked' | 'restricted' | 'fleet_full' | 'rate_limited';

/**
 * Delay before the transport closes. Fielded players reconnect 5 s after that: together this keeps the cost low without
 * a long wait.
 */
const SILENCE_MS = 2000;

/**
 * Rejects a device temporarily (SPEC P9): it connects, gets the reason, is ignored for a moment, and its transport
 * closes. Fielded players then reset their attempt counter, whereas refused handshakes use up their attempts.
 */
export function rejectSocket(
  socket: PlayerSocket,
  code: RejectionCode,
  { clock, metrics }: { clock: Clock; metrics: Pick<Metrics, 'refused' | 'transportClosed'> },
  silentMs = SILENCE_MS,
): void {
  socket.data.isRejected = true;
  metrics.refused('player', code);
  deafen(socket);
  socket.emit('player:error', { code, message: errors[code].meaning, event: 'player:register' });
  const timer = clock.setTimeout(() => {
    metrics.transportClosed(code);
    socket.conn.close();
  }, silentMs);
  socket.once('disconnect', () => clock.clearTimeout(timer));
}
