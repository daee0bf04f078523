import { isPlainObject, StateUpdate } from '../protocol/player.ts';
import { parse } from '../protocol/schema.ts';
import { StateText } from './decoder.ts';
import type { Report } from './mailbox.ts';

/** A state or a partial state of one socket, which may be held and conflated with what waits before it (SPEC S9). */
export class PlayerReport implements Report {
  readonly #socketId: string;
  readonly #isPartial: boolean;
  /** As it came, or merged. */
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

  /** A whole state stands for all before it; newer sections for older ones of the same socket. */
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

/** What a state or a partial state says, once somebody needs it. @throws VigiaError `invalid_payload` */
export const contentOf = (payload: unknown): unknown => (payload instanceof StateText ? payload.parse()[0] : payload);

/** Undefined: it will be refused, by itself. */
function sectionsOf(payload: unknown): StateUpdate | undefined {
  try {
    const update = parse(StateUpdate, contentOf(payload));
    return isPlainObject(update.changes) ? update : undefined;
  } catch {
    return undefined;
  }
}
