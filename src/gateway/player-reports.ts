import { isPlainObject, StateUpdate } from '../protocol/player.ts';
import { parse } from '../protocol/schema.ts';
import { StateText } from './decoder.ts';
import type { Report } from './mailbox.ts';

/** A state or partial state of one socket, which may wait and be conflated with earlier ones (SPEC S9). */
export class PlayerReport implements Report {
  readonly #socketId: string;
  readonly #isPartial: boolean;
  /** The original payload, or the merged one. */
  payload: unknown;
  readonly process: Report['process'];

  constructor(
    socketId: string,
    isPartial: boolean,
    payload: unknown,
    process: (report: PlayerReport) => ReturnType<Report['process']>,
  ) {
    this.#socketId = socketId;
    this.#isPartial = isPartial;
    this.payload = payload;
    this.process = () => process(this);
  }

  /** A whole state supersedes all earlier reports. A partial state supersedes earlier sections of the same socket. */
  supersedes(older: Report): boolean {
    if (!this.#isPartial) return true;
    if (!(older instanceof PlayerReport) || !older.#isPartial || older.#socketId !== this.#socketId) return false;
    const [before, after] = [sectionsOf(older.payload), sectionsOf(this.payload)];
    if (!before || !after || before.deviceId !== after.deviceId) return false;
    this.payload = {
      ...after,
      timestamp: after.timestamp ?? before.timestamp,
      changes: { ...before.changes, ...after.changes },
    };
    return true;
  }
}

/**
 * The content of a state or partial state, parsed on demand.
 * @throws VigiaError `invalid_payload`
 */
export const contentOf = (payload: unknown): unknown => (payload instanceof StateText ? payload.parse()[0] : payload);

/** Whether the text takes little memory while it waits. */
export const isShort = (payload: unknown): payload is StateText =>
  payload instanceof StateText && payload.json.length <= MAX_WAITING_CHARACTERS;

const MAX_WAITING_CHARACTERS = 16_384;

/** Undefined if the payload is invalid: processing will refuse it. */
function sectionsOf(payload: unknown): StateUpdate | undefined {
  try {
    const update = parse(StateUpdate, contentOf(payload));
    return isPlainObject(update.changes) ? update : undefined;
  } catch {
    return undefined;
  }
}
