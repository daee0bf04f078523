import type { Scope } from '../protocol/admin.ts';
import type { AdminRequest, AdminRequests } from '../protocol/events.ts';
import type { Part, StreamMessage } from '../protocol/stream.ts';
import type { ClientError } from './errors.ts';
import { canInflate, readJson } from './inflate.ts';
import { type Change, createReplica, type Outcome, type Replica } from './replica.ts';

/** An idle stream tells its cursor every 2 s (S4); after so long, something was lost (A1). */
export const SILENCE_MS = 5000;
const CHECK_MS = 500;
/** One subscription after another, however often they fail, costs the server at most one in so long. */
const HEAL_PAUSE_MS = 1000;

export type Answered<E extends AdminRequest> = (
  error: ClientError | undefined,
  answer?: AdminRequests[E]['answer'],
) => void;

/** Sends a request; calls once, with its answer or with the reason why there is none. */
export type Ask = <E extends AdminRequest>(
  event: E,
  request: AdminRequests[E]['request'],
  answered: Answered<E>,
) => void;

export type Request = <E extends AdminRequest>(
  event: E,
  request: AdminRequests[E]['request'],
) => Promise<AdminRequests[E]['answer']>;

export interface ReplicationDeps {
  scope: Scope;
  /** Calls at once when the answer comes, so that it has its place among the messages. */
  ask: Ask;
  changed(changes: readonly Change[]): void;
  /** In step with the server, or no longer. */
  inStep(is: boolean): void;
  /** The server does not answer at all. */
  renew(): void;
  /** It refused the scope itself: no repetition helps. */
  refused(error: ClientError): void;
}

export interface Replication {
  readonly replica: Replica;
  /** When the server was last heard on this, milliseconds since the epoch; 0: never. */
  readonly heardAt: number;
  connected(): void;
  lost(): void;
  received(payload: unknown): void;
  resync(): void;
  stop(): void;
}

/**
 * Keeps a replica in step: subscribes with its cursor, sees gaps and silence, and heals them by subscribing again; after a
 * copy that went wrong, for the whole documents.
 */
export function startReplication(deps: ReplicationDeps): Replication {
  const replica = createReplica();
  const encoding = canInflate() ? ('deflate' as const) : ('json' as const);
  /** For people; whether it is silent goes by a clock that nobody sets. */
  let heardAt = 0;
  let silentSince = 0;
  /** The subscription that counts; what belongs to an earlier one is let go. */
  let attempt = 0;
  /** `filling`: messages count already, and documents are to come yet. */
  let state: 'away' | 'subscribing' | 'filling' | 'inStep' = 'away';
  let healedAt = Number.NEGATIVE_INFINITY;
  let healing: ReturnType<typeof setTimeout> | undefined;
  /** Messages take effect in the order of their arrival, though inflating takes its time. */
  let inbox: Promise<void> = Promise.resolve();

  const watchdog = setInterval(() => {
    if (state === 'inStep' && performance.now() - silentSince > SILENCE_MS) heal();
  }, CHECK_MS);

  function enqueue(payload: unknown, take: (read: never) => void): void {
    const mine = attempt;
    inbox = inbox.then(async () => {
      if (mine !== attempt) return;
      const read = await readJson(payload).catch(() => undefined);
      if (mine !== attempt) return;
      if (read === undefined) heal();
      else take(read as never);
    });
  }

  function heard(): void {
    heardAt = Date.now();
    silentSince = performance.now();
  }

  const isFollowing = () => state === 'filling' || state === 'inStep';

  function outOfStep(next: 'away' | 'subscribing'): void {
    if (state === 'inStep') deps.inStep(false);
    state = next;
    attempt++;
    clearTimeout(healing);
  }

  function heal(): void {
    outOfStep('subscribing');
    const wait = healedAt + HEAL_PAUSE_MS - performance.now();
    if (wait > 0) healing = setTimeout(subscribe, wait);
    else subscribe();
  }

  function subscribe(): void {
    healedAt = performance.now();
    const { cursor } = replica;
    const wanted = { scope: deps.scope, encoding, parts: true, ...(cursor ? { cursor } : {}) };
    ask('fleet:subscribe', wanted, (answer) => {
      state = 'filling';
      if (!answer.resumed) return fill(answer, (part) => replica.subscribed({ ...part, cursor: answer.cursor }));
      enqueue(answer, () => {
        told(replica.subscribed(answer));
        filled();
      });
    });
  }

  /** Takes a part in, while the next one is on its way. */
  function fill({ devices, more }: Part, take: (part: Part) => Outcome): void {
    if (more > 0) ask('fleet:more', {}, (next) => fill(next, replica.add));
    enqueue(devices, (read: Part['devices']) => {
      told(take({ devices: read, more }));
      if (more === 0) filled();
    });
  }

  function filled(): void {
    if (state !== 'filling') return;
    state = 'inStep';
    deps.inStep(true);
  }

  function ask<E extends AdminRequest>(
    event: E,
    payload: AdminRequests[E]['request'],
    answered: (answer: AdminRequests[E]['answer']) => void,
  ): void {
    const mine = attempt;
    deps.ask(event, payload, (error, answer) => {
      if (mine !== attempt) return;
      if (!error) {
        heard();
        answered(answer as AdminRequests[E]['answer']);
      } else if (error.code === 'invalid_payload' || error.code === 'forbidden') deps.refused(error);
      // Connected, it seems, and no answer: a dead line, which a new one mends.
      else if (error.code === 'unavailable') deps.renew();
      else heal();
    });
  }

  function told({ changes, fault }: Outcome): void {
    if (fault) heal();
    deps.changed(changes);
  }

  return {
    replica,
    get heardAt() {
      return heardAt;
    },
    connected() {
      outOfStep('subscribing');
      subscribe();
    },
    lost: () => outOfStep('away'),
    received(payload) {
      // Before the answer to a subscription, whatever comes belongs to the one before it.
      if (!isFollowing()) return;
      heard();
      enqueue(payload, (message: StreamMessage) => told(replica.received(message)));
    },
    resync: () => {
      if (isFollowing()) heal();
    },
    stop() {
      outOfStep('away');
      clearInterval(watchdog);
    },
  };
}
