import type { DeviceEdit, Forwarded, Lately } from '../fleet/api.ts';
import type { Order } from '../fleet/command-desk.ts';
import type { LedgerEntry } from '../fleet/command-ledger.ts';
import type { Handover } from '../fleet/surroundings.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandSummary } from '../protocol/commands.ts';
import type { Blocked, VersionedDocument } from '../protocol/document.ts';
import { type ErrorCode, type Fault, publicError, VigiaError } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { Watched } from './attention.ts';
import type { LocatedSession } from './displaced.ts';

/** What one instance asks of the one that holds a device, and what that answers. */
export interface Calls {
  /** `pending`: the device's commands that have not ended. `lately`: what counts towards a restriction. Null: it is not held there. */
  handover: {
    ask: { id: string; epoch: number };
    answer: (Handover & { sessions: LocatedSession[]; pending: LedgerEntry[]; lately?: Lately }) | null;
  };
  /** Of a displaced session whose socket is there: does it answer a ping? */
  probe: { ask: { sessionId: string }; answer: boolean };
  /** It is to register anew. False: it is not there any more. */
  resume: { ask: { sessionId: string }; answer: boolean };
  edit: { ask: { id: string; edit: DeviceEdit; ifVersion: number | undefined }; answer: VersionedDocument };
  remove: { ask: { id: string }; answer: null };
  noteBlocked: { ask: { id: string; blocked: Blocked | undefined }; answer: VersionedDocument };
  rotateToken: { ask: { id: string; disconnect: boolean | undefined }; answer: string };
  liftRestriction: { ask: { id: string }; answer: null };
  refresh: { ask: { id: string; what: 'state' | 'snapshot' }; answer: { snapshot?: Snapshot } };
  /** `entries`: what was accepted, as it is kept. `moved`: devices that are not held there. */
  accept: {
    ask: { order: Order; ids: string[] };
    answer: { summaries: CommandSummary[]; entries: LedgerEntry[]; moved: string[] };
  };
  cancel: { ask: { id: string; commandId: string }; answer: null };
  /** Versions that were told at the one who asks: see `Ahead`. `moved`: devices that are not held there. */
  ahead: { ask: { told: { id: string; version: number; isOtherwise: boolean }[] }; answer: { moved: string[] } };
}

/** What is said without an answer. */
export type Note =
  | { note: 'forward'; id: string; message: Forwarded }
  /** A displaced session whose socket was at the sender has ended, or one at the receiver is to. */
  | { note: 'left'; id: string; sessionId: string }
  | { note: 'endSession'; sessionId: string; code: 'session_replaced' | 'revoked' }
  /** All the devices of the receiver that are watched at the sender. */
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

/** Thrown where the device is not held at who was asked: ask anew who holds it. */
export class MovedError extends Error {
  override name = 'MovedError';
}

/** An instance that answers at all answers sooner; then it is looked up again who holds the device. */
const PATIENCE_MS = 3000;
/** A player waits for it, and a busy instance is no dead one: what it knows of the commands is worth it. */
const HANDOVER_PATIENCE_MS = 2500;
/** Longer than a player has to answer. */
const PROBE_PATIENCE_MS = 6000;
/** A picture takes the player's time. */
const REFRESH_PATIENCE_MS = 20_000;
const PATIENCE: { [Name in keyof Calls]?: number } = {
  handover: HANDOVER_PATIENCE_MS,
  probe: PROBE_PATIENCE_MS,
  refresh: REFRESH_PATIENCE_MS,
};
const MAX_WAITING = 50_000;

/** Questions and answers between instances, each straight to the one it is for. */
export class Switchboard {
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

  serve(handlers: RpcHandlers, take: (note: Note, from: string) => void): void {
    this.#bus.onMessage((received) => {
      const message = received as Message;
      if ('answerTo' in message) this.#waiting.get(message.answerTo)?.(message);
      else if ('call' in message) void this.#answer(message, handlers);
      else take(message, message.from);
    });
  }

  say(instance: string, note: Note): void {
    this.#bus.send(instance, { ...note, from: this.#me } satisfies Message);
  }

  /** @throws MovedError also where no answer comes in time; VigiaError as the other one threw it */
  ask<Name extends keyof Calls>(instance: string, name: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new VigiaError('unavailable'));
    const call = ++this.#number;
    return new Promise((resolve, reject) => {
      const patience = PATIENCE[name] ?? PATIENCE_MS;
      const timer = this.#clock.setTimeout(() => end(() => reject(new MovedError('no answer'))), patience);
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
      // Not held here is no error of the one who asked.
      const told = error instanceof MovedError ? { code: 'not_registered' as const, message: '' } : publicError(error);
      answer = { error: told as { code: ErrorCode; message: string; details?: Fault[] } };
    }
    this.#bus.send(from, { from: this.#me, answerTo: call, ...answer });
  }
}
