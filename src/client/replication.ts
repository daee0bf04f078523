import type { Scope } from '../protocol/admin.ts';
import type { ClientError } from './errors.ts';
import { canInflate, inflateJson } from './inflate.ts';
import {
  type Change,
  createReplica,
  type Outcome,
  type Replica,
  type StreamMessage,
  type Subscribed,
} from './replica.ts';

/** An idle stream tells its cursor every 2 s (S4); after so long, something was lost (A1). */
export const SILENCE_MS = 5000;
const CHECK_MS = 500;
/** One subscription after another, however often they fail, costs the server at most one in so long. */
const HEAL_PAUSE_MS = 1000;

export interface ReplicationDeps {
  scope: Scope;
  request(event: string, payload: object): Promise<object>;
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
  const encoding = canInflate() ? 'deflate' : 'json';
  let heardAt = 0;
  /** The subscription that counts; what belongs to an earlier one is let go. */
  let attempt = 0;
  let state: 'away' | 'subscribing' | 'inStep' = 'away';
  let healedAt = 0;
  let healing: ReturnType<typeof setTimeout> | undefined;
  /** Messages take effect in the order of their arrival, though inflating takes its time. */
  let inbox: Promise<void> = Promise.resolve();

  const watchdog = setInterval(() => {
    if (state === 'inStep' && Date.now() - heardAt > SILENCE_MS) heal();
  }, CHECK_MS);

  function enqueue(task: () => unknown): void {
    const mine = attempt;
    inbox = inbox.then(async () => {
      if (mine === attempt) await task();
    });
  }

  function outOfStep(next: 'away' | 'subscribing'): void {
    if (state === 'inStep') deps.inStep(false);
    state = next;
    attempt++;
    clearTimeout(healing);
  }

  function heal(): void {
    outOfStep('subscribing');
    const wait = healedAt + HEAL_PAUSE_MS - Date.now();
    if (wait > 0) healing = setTimeout(subscribe, wait);
    else void subscribe();
  }

  async function subscribe(): Promise<void> {
    healedAt = Date.now();
    const mine = attempt;
    const { cursor } = replica;
    try {
      const answer = await deps.request('fleet:subscribe', {
        scope: deps.scope,
        encoding,
        ...(cursor ? { cursor } : {}),
      });
      if (mine !== attempt) return;
      state = 'inStep';
      heardAt = Date.now();
      take(replica.subscribed(answer as Subscribed));
      if (mine === attempt) deps.inStep(true);
    } catch (error) {
      if (mine !== attempt) return;
      const { code } = error as ClientError;
      if (code === 'invalid_payload' || code === 'forbidden') deps.refused(error as ClientError);
      // Connected, it seems, and no answer: a dead line, which a new one mends.
      else if (code === 'unavailable') deps.renew();
      else heal();
    }
  }

  function take(outcome: Outcome): void {
    if (outcome.fault) heal();
    deps.changed(outcome.changes);
  }

  return {
    replica,
    get heardAt() {
      return heardAt;
    },
    connected() {
      outOfStep('subscribing');
      void subscribe();
    },
    lost: () => outOfStep('away'),
    received(payload) {
      // Before the answer to a subscription, whatever comes belongs to the one before it.
      if (state !== 'inStep') return;
      heardAt = Date.now();
      enqueue(async () => {
        const mine = attempt;
        const isBinary = payload instanceof ArrayBuffer || ArrayBuffer.isView(payload);
        const message = isBinary
          ? await inflateJson(payload as ArrayBuffer).catch(() => undefined)
          : (payload as StreamMessage);
        if (mine !== attempt) return;
        take(message ? replica.received(message as StreamMessage) : { changes: [], fault: true });
      });
    },
    resync: () => {
      if (state === 'inStep') heal();
    },
    stop() {
      outOfStep('away');
      clearInterval(watchdog);
    },
  };
}
