import type { DeviceEdit, Forwarded, Lately } from '../fleet/api.ts';
import type { Order } from '../fleet/command-intake.ts';
import type { Handover } from '../fleet/device-context.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandSummary } from '../protocol/commands.ts';
import type { Blocked, VersionedDocument } from '../protocol/document.ts';
import { type ErrorCode, type Fault, publicError, VigiaError } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { LocatedSession } from './displaced.ts';
import type { Watched } from './remote-watching.ts';

/** Requests to the instance that holds a device, and their answers. */
export interface Calls {
  /**
   * `pending`: the device's unfinished commands. `lately`: its recent conduct, for restrictions. Null: not held there.
   */
  handover: {
    ask: { id: string; epoch: number };
    answer: (Handover & { sessions: LocatedSession[]; pending: LedgerEntry[]; lately?: Lately }) | null;
  };
  /** Whether a displaced session, whose socket is at the receiver, answers a ping. */
  probe: { ask: { sessionId: string }; answer: boolean };
  /** Tells a displaced session to register again. False: it has ended. */
  resume: { ask: { sessionId: string }; answer: boolean };
  edit: { ask: { id: string; edit: DeviceEdit; ifVersion: number | undefined }; answer: VersionedDocument };
  remove: { ask: { id: string }; answer: null };
  noteBlocked: { ask: { id: string; blocked: Blocked | undefined }; answer: VersionedDocument };
  rotateToken: { ask: { id: string; disconnect: boolean | undefined }; answer: string };
  liftRestriction: { ask: { id: string }; answer: null };
  refresh: { ask: { id: string; what: 'state' | 'snapshot' }; answer: { snapshot?: Snapshot } };
  /** `entries`: the recorded commands. `moved`: devices that are not held there. */
  accept: {
    ask: { order: Order; ids: string[] };
    answer: { summaries: CommandSummary[]; entries: LedgerEntry[]; moved: string[] };
  };
  /** The command afterwards. Instances of earlier versions answer null. */
  cancel: { ask: { id: string; commandId: string }; answer: LedgerEntry | null };
  /**
   * Versions that the sender published: see `VersionConflicts`. `moved`: devices that are not held there. The names are those of
   * earlier versions, because instances are upgraded one at a time.
   */
  ahead: { ask: { told: { id: string; version: number; isOtherwise: boolean }[] }; answer: { moved: string[] } };
}

/** Messages without an answer. */
export type Note =
  | { note: 'forward'; id: string; message: Forwarded }
  /** A displaced session whose socket is at the sender has ended; or the receiver must end one. */
  | { note: 'left'; id: string; sessionId: string }
  | { note: 'endSession'; sessionId: string; code: 'session_replaced' | 'revoked' }
  /** All devices of the receiver that are watched at the sender. */
  | { note: 'watching'; watched: Watched[] };

export type RpcHandlers = {
  [Name in keyof Calls]: (ask: Calls[Name]['ask'], from: string) => Promise<Calls[Name]['answer']>;
};

type Message =
  | { from: string; call: number; name: keyof Calls; ask: unknown }
  | {
      from: string;
      answerTo: number;
      answer?: unknown;
      error?: { code: ErrorCode; message: string; details?: Fault[] };
    }
  | ({ from: string } & Note);

/** What answers the requests of other instances, and takes their notes. */
export interface CallReceiver {
  readonly handlers: RpcHandlers;
  take(note: Note, from: string): void;
}

/** The device is not held at the asked instance: look up its owner again. */
export class MovedError extends Error {
  override name = 'MovedError';
}

/** A working instance answers faster. After this time the owner is looked up again. */
const TIMEOUT_MS = 3000;
/**
 * A player waits for the handover. Still, a busy instance gets time to answer, because it knows the state of the
 * commands.
 */
const HANDOVER_ANSWER_MS = 2500;
/** Longer than a player may take to answer a ping. */
const PROBE_TIMEOUT_MS = 6000;
/** Taking a screenshot takes the player some time. */
const REFRESH_TIMEOUT_MS = 20_000;
const TIMEOUTS: { [Name in keyof Calls]?: number } = {
  handover: HANDOVER_ANSWER_MS,
  probe: PROBE_TIMEOUT_MS,
  refresh: REFRESH_TIMEOUT_MS,
};
const MAX_WAITING = 50_000;

/** Request and response between two instances. */
export class Rpc {
  readonly #me: string;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (message: Extract<Message, { answerTo: number }>) => void>();
  #number = 0;

  constructor(me: string, bus: Bus, clock: Clock) {
    this.#me = me;
    this.#bus = bus;
    this.#clock = clock;
  }

  /** A message of another instance. An answer ends the request that waits for it. */
  receive(received: unknown, by: CallReceiver): void {
    const message = received as Message;
    if ('answerTo' in message) this.#waiting.get(message.answerTo)?.(message);
    else if ('call' in message) void this.#answer(message, by.handlers);
    else by.take(message, message.from);
  }

  notify(instance: string, note: Note): void {
    this.#bus.send(instance, { ...note, from: this.#me } satisfies Message);
  }

  /** @throws MovedError also if no answer arrives in time; VigiaError as thrown by the other instance */
  call<Name extends keyof Calls>(
    instance: string,
    name: Name,
    ask: Calls[Name]['ask'],
  ): Promise<Calls[Name]['answer']> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new VigiaError('unavailable'));
    const call = ++this.#number;
    return new Promise((resolve, reject) => {
      const timeoutMs = TIMEOUTS[name] ?? TIMEOUT_MS;
      const timer = this.#clock.setTimeout(() => end(() => reject(new MovedError('no answer'))), timeoutMs);
      const end = (settle: () => void) => {
        this.#clock.clearTimeout(timer);
        this.#waiting.delete(call);
        settle();
      };
      this.#waiting.set(call, ({ answer, error }) =>
        end(() => {
          if (!error) resolve(answer as Calls[Name]['answer']);
          else if (error.code === 'not_registered') reject(new MovedError());
          else reject(new VigiaError(error.code, error.message, error.details));
        }),
      );
      this.#bus.send(instance, { from: this.#me, call, name, ask } satisfies Message);
    });
  }

  async #answer({ from, call, name, ask }: Extract<Message, { call: number }>, handlers: RpcHandlers): Promise<void> {
    const serve = handlers[name] as (ask: unknown, from: string) => Promise<unknown>;
    let answer: Omit<Extract<Message, { answerTo: number }>, 'from' | 'answerTo'>;
    try {
      answer = { answer: await serve(ask, from) };
    } catch (error) {
      // A moved device is not an error of the request.
      const thrown =
        error instanceof MovedError ? { code: 'not_registered' as const, message: '' } : publicError(error);
      answer = { error: thrown as { code: ErrorCode; message: string; details?: Fault[] } };
    }
    this.#bus.send(from, { from: this.#me, answerTo: call, ...answer });
  }
}
