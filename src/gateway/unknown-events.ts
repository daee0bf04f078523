import type { Logger } from 'pino';
import { publicError, VigiaError } from '../protocol/errors.ts';

const MAX_NAMES = 50;

/** Unknown events of one player: each name is logged once, and each event is answered (SPEC P12). */
export class UnknownEvents {
  readonly #log: Pick<Logger, 'info'>;
  readonly #names = new Set<string>();

  constructor(log: Pick<Logger, 'info'>) {
    this.#log = log;
  }

  answerTo(event: string, deviceId: string | undefined): object {
    if (this.#names.size < MAX_NAMES && !this.#names.has(event)) {
      this.#names.add(event);
      this.#log.info({ deviceId, event }, 'unknown player event');
    }
    return { ok: false, ...publicError(new VigiaError('invalid_payload', 'There is no such event.')), event };
  }
}
