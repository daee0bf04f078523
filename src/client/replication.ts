import type { AdminRequest, AdminRequests } from '../protocol/events.ts';
import type { Scope } from '../protocol/requests.ts';
import type { Part, StreamMessage } from '../protocol/stream.ts';
import type { ClientError } from './errors.ts';
import { canInflate, readJson } from './inflate.ts';
import { type Change, createReplica, type Outcome, type Replica } from './replica.ts';

/** An idle stream sends its cursor every 2 s (S4). After this long without a message, something was lost (A1). */
export const SILENCE_MS = 5000;
const CHECK_MS = 500;
/** Minimum time between two subscriptions, to limit the load on the server. */
const MIN_SUBSCRIBE_INTERVAL_MS = 1000;

export type Answered<E extends AdminRequest> = (
  error: ClientError | undefined,
  answer?: AdminRequests[E]['answer'],
) => void;

/** Sends a request. `answered` is called once, with the response or the error. */
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
  /** `answered` is called synchronously with the response, to keep its order among the messages. */
  ask: Ask;
  changed(changes: readonly Change[]): void;
  /** Whether the copy is in sync with the server. */
  inSync(is: boolean): void;
  /** The server does not respond: open a new connection. */
  renew(): void;
  /** The server refused the scope; a retry is useless. */
  refused(error: ClientError): void;
}

export interface Replication {
  readonly replica: Replica;
  /** Time of the last message from the server, milliseconds since the epoch; 0: none yet. */
  readonly heardAt: number;
  connected(): void;
  lost(): void;
  received(payload: unknown): void;
  resync(): void;
  stop(): void;
}

/**
 * Keeps a replica in sync: subscribes with its cursor, detects gaps and silence, and repairs them by subscribing again;
 * after a fault, it requests whole documents.
 */
export function startReplication(deps: ReplicationDeps): Replication {
  const replica = createReplica();
  const encoding = canInflate() ? ('deflate' as const) : ('json' as const);
  /** Wall-clock time, for display. Silence is measured with a monotonic clock. */
  let heardAt = 0;
  let lastHeard = 0;
  /** Number of the current subscription; responses to earlier ones are ignored. */
  let attempt = 0;
  /** `filling`: messages are applied already, while documents are still arriving. */
  let state: 'away' | 'subscribing' | 'filling' | 'inSync' = 'away';
  let subscribedAt = Number.NEGATIVE_INFINITY;
  let resubscribeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Keeps messages in order of arrival, since decompression is asynchronous. */
  let inbox: Promise<void> = Promise.resolve();

  const watchdog = setInterval(() => {
    if (state === 'inSync' && performance.now() - lastHeard > SILENCE_MS) resubscribe();
  }, CHECK_MS);

  function enqueue(payload: unknown, take: (read: never) => void): void {
    const mine = attempt;
    inbox = inbox.then(async () => {
      if (mine !== attempt) return;
      const read = await readJson(payload).catch(() => undefined);
      if (mine !== attempt) return;
      if (read === undefined) resubscribe();
      else take(read as never);
    });
  }

  function heard(): void {
    heardAt = Date.now();
    lastHeard = performance.now();
  }

  const isFollowing = () => state === 'filling' || state === 'inSync';

  function outOfStep(next: 'away' | 'subscribing'): void {
    if (state === 'inSync') deps.inSync(false);
    state = next;
    attempt++;
    clearTimeout(resubscribeTimer);
  }

  function resubscribe(): void {
    outOfStep('subscribing');
    const wait = subscribedAt + MIN_SUBSCRIBE_INTERVAL_MS - performance.now();
    if (wait > 0) resubscribeTimer = setTimeout(subscribe, wait);
    else subscribe();
  }

  function subscribe(): void {
    subscribedAt = performance.now();
    const { cursor } = replica;
    const wanted = { scope: deps.scope, encoding, parts: true, ...(cursor ? { cursor } : {}) };
    ask('fleet:subscribe', wanted, (answer) => {
      state = 'filling';
      if (!answer.resumed) return fill(answer, (part) => replica.subscribed({ ...part, cursor: answer.cursor }));
      enqueue(answer, () => {
        applied(replica.subscribed(answer));
        filled();
      });
    });
  }

  /** Adds a part while the next one is being requested. */
  function fill({ devices, more }: Part, take: (part: Part) => Outcome): void {
    if (more > 0) ask('fleet:more', {}, (next) => fill(next, replica.add));
    enqueue(devices, (read: Part['devices']) => {
      applied(take({ devices: read, more }));
      if (more === 0) filled();
    });
  }

  function filled(): void {
    if (state !== 'filling') return;
    state = 'inSync';
    deps.inSync(true);
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
      // Connected, but no response: the transport is dead, so open a new one.
      else if (error.code === 'unavailable') deps.renew();
      else resubscribe();
    });
  }

  function applied({ changes, fault }: Outcome): void {
    if (fault) resubscribe();
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
      // Until the subscription is answered, messages belong to the previous one.
      if (!isFollowing()) return;
      heard();
      enqueue(payload, (message: StreamMessage) => applied(replica.received(message)));
    },
    resync: () => {
      if (isFollowing()) resubscribe();
    },
    stop() {
      outOfStep('away');
      clearInterval(watchdog);
    },
  };
}
