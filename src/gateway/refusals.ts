import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type ErrorCode, errors, publicError, VigiaError } from '../protocol/errors.ts';
import type { PlayerSocket } from './sockets.ts';

export type Ack = (answer: unknown) => void;

export interface RefusalDeps {
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'refused'>;
  audit: Audit;
}

interface RefusedPlayer {
  readonly socket: PlayerSocket;
  readonly deps: RefusalDeps;
  readonly deviceId: string | undefined;
}

/** Reports refusals to one player (SPEC P7, L4) and counts them. */
export class Refusals {
  readonly #player: RefusedPlayer;
  #excessReportedAt = Number.NEGATIVE_INFINITY;

  constructor(player: RefusedPlayer) {
    this.#player = player;
  }

  /** A message was dropped unread. */
  excess(event: string, ack: Ack | undefined): void {
    const { clock, metrics, audit } = this.#player.deps;
    ack?.({ ok: false, ...publicError(EXCESS), event });
    metrics.refused('player', 'rate_limited');
    const now = clock.now();
    if (now - this.#excessReportedAt < 1000) return;
    this.#excessReportedAt = now;
    this.#player.socket.emit('player:error', { code: 'rate_limited', message: errors.rate_limited.meaning, event });
    audit.record({
      actor: this.#player.socket.handshake.address,
      kind: 'request.refused',
      deviceId: this.#player.deviceId,
      outcome: 'rate_limited',
      details: { audience: 'player' },
    });
  }

  /** @param isQuiet only acknowledges: the refusal is reported and counted elsewhere */
  report(event: string, error: unknown, ack: Ack | undefined, isQuiet: boolean): ErrorCode {
    const { log, metrics } = this.#player.deps;
    const refusal = { ...publicError(error), event };
    const about = {
      deviceId: this.#player.deviceId,
      address: this.#player.socket.handshake.address,
      event,
      code: refusal.code,
    };
    if (refusal.code === 'internal') log.error({ ...about, err: error }, 'player event failed');
    else log.debug({ ...about, details: refusal.details }, 'player event refused');
    ack?.({ ok: false, ...refusal });
    if (isQuiet) return refusal.code;
    metrics.refused('player', refusal.code);
    this.#player.socket.emit('player:error', refusal);
    return refusal.code;
  }
}

const EXCESS = new VigiaError('rate_limited');
