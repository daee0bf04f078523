import type { Logger } from 'pino';
import { type Channel, Delivery } from '../delivery/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { RefusedError } from '../ports/notifier.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { EventSender } from '../ports/webhooks.ts';
import type { DisabledReason, WebhookDelivery } from '../protocol/webhooks.ts';
import type { WebhookStore } from './webhook-store.ts';

/** A stored record. `node`: the instance that sends the message. */
export interface StoredDelivery {
  delivery: WebhookDelivery;
  node: string;
  body: string;
}

export interface OutboxDeps {
  store: StateStore;
  webhookStore: WebhookStore;
  send: EventSender;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'notification'>;
  /** Called when a webhook was disabled: it failed for too long, or answered 410. */
  disabled(webhookId: string, why: DisabledReason, error: string): void;
}

/** A pending message. `stored` is replaced on every change, never mutated. */
interface PendingMessage {
  id: string;
  stored: StoredDelivery;
  isRecorded: boolean;
}

/**
 * At most this many unwritten records while the database is away. Further messages are sent without a record, which
 * their next step writes.
 */
const MAX_UNWRITTEN = 10_000;
const LOOK_AGAIN_MS = 1000;
const LANES = 4;
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 2 * 3600_000;
export const GIVE_UP_MS = 86_400_000;
const DISABLED = 'the webhook was disabled';
const REMOVED = 'the webhook was removed';

/**
 * Pending messages, recorded at every step. Each webhook has its own queue, so a slow one does not delay the others.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #queues = new Map<string, Delivery<PendingMessage>>();
  /** Put to the store, but not written yet. */
  readonly #unwritten = new Set<string>();
  #isAwaiting = false;
  #dropped = 0;
  #droppedLogged = 0;
  #isStopped = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Sends the message once its record is durable, so a crash cannot undo an event that a receiver knows. */
  add(stored: StoredDelivery): void {
    const message = { id: stored.delivery.id, stored, isRecorded: false };
    this.#write(message);
    if (!message.isRecorded) this.#dropped++;
    const go = () => this.#send(message);
    // If the database cannot be written, the message is sent without a durable record.
    this.#deps.store.committed().then(go, go);
  }

  /** Continues with a message that is already stored. */
  resume(stored: StoredDelivery): void {
    this.#send({ id: stored.delivery.id, stored, isRecorded: true });
  }

  #send(message: PendingMessage): void {
    // The next process sends what is recorded.
    if (this.#isStopped) return;
    const { clock } = this.#deps;
    const { webhookId, nextAttemptAt } = message.stored.delivery;
    const inMs = nextAttemptAt === undefined ? 0 : Math.max(0, Date.parse(nextAttemptAt) - clock.wall());
    this.#queue(webhookId).add(message, inMs);
  }

  /** Number of messages that were not recorded because too many waited for the database. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Gives up messages of disabled or removed webhooks, and messages that are too old. */
  sweep(): void {
    const { webhookStore } = this.#deps;
    for (const [webhookId, queue] of this.#queues) {
      if (!webhookStore.isEnabled(webhookId))
        queue.giveUpWhere(() => true, webhookStore.get(webhookId) ? DISABLED : REMOVED);
      else queue.giveUpWhere(({ stored }) => this.#isTooOld(stored), 'nothing arrived for a day');
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  #queue(webhookId: string): Delivery<PendingMessage> {
    const known = this.#queues.get(webhookId);
    if (known) return known;
    const { clock, log, metrics } = this.#deps;
    const counted = (outcome: Parameters<typeof metrics.notification>[1]) => metrics.notification('events', outcome);
    const queue = new Delivery({ channel: this.#channel(webhookId), clock, log, counted });
    this.#queues.set(webhookId, queue);
    return queue;
  }

  #channel(webhookId: string): Channel<PendingMessage> {
    const { webhookStore, send } = this.#deps;
    return {
      name: `webhook ${webhookId}`,
      batch: 1,
      lanes: LANES,
      keyOf: ({ id }) => id,
      stateOf: () => '',
      send: async ([message]) => {
        const webhook = webhookStore.get(webhookId);
        if (!webhook || !webhookStore.isEnabled(webhookId)) throw new RefusedError(webhook ? DISABLED : REMOVED);
        const { id, stored } = message as PendingMessage;
        await send({ url: webhook.url, secrets: webhookStore.secretsOf(webhook) }, { id, body: stored.body });
      },
      arrived: (message) => {
        webhookStore.arrived(webhookId);
        this.#attempted(message, { status: 'delivered', endedAt: this.#now() });
      },
      gaveUp: (message, error) => this.#change(message, { status: 'failed', endedAt: this.#now(), error }),
      retryIn: (message, error) => this.#retryIn(message, error),
    };
  }

  #retryIn(message: PendingMessage, error: Error): number | undefined {
    const { webhookStore, clock, disabled } = this.#deps;
    const { webhookId } = message.stored.delivery;
    if (!webhookStore.isEnabled(webhookId)) return undefined;
    const { attempts, createdAt } = message.stored.delivery;
    const left = Date.parse(createdAt) + GIVE_UP_MS - clock.wall();
    // The last attempt is made when the message expires.
    const aside = Math.min(FIRST_RETRY_MS * 3 ** attempts, LAST_RETRY_MS, left);
    const nextAttemptAt = new Date(clock.wall() + aside).toISOString();
    this.#attempted(message, { error: error.message, ...(aside > 0 && { nextAttemptAt }) });
    const why = webhookStore.failed(webhookId, error instanceof RefusedError && error.status === 410);
    if (why) disabled(webhookId, why, error.message);
    return why || aside <= 0 ? undefined : aside;
  }

  #attempted(message: PendingMessage, change: Partial<WebhookDelivery>): void {
    const { error: _, ...facts } = message.stored.delivery;
    const delivery = { ...facts, attempts: facts.attempts + 1, attemptedAt: this.#now() };
    message.stored = { ...message.stored, delivery };
    this.#change(message, change);
  }

  #change(message: PendingMessage, change: Partial<WebhookDelivery>): void {
    const { nextAttemptAt: _, ...facts } = message.stored.delivery;
    message.stored = { ...message.stored, delivery: { ...facts, ...change } };
    this.#write(message);
  }

  #write(message: PendingMessage): void {
    const { id, stored } = message;
    if (!message.isRecorded) {
      if (this.#unwritten.size >= MAX_UNWRITTEN) return;
      message.isRecorded = true;
      this.#unwritten.add(id);
    }
    this.#deps.store.put('webhook-deliveries', id, stored);
    this.#awaitWritten();
  }

  #awaitWritten(): void {
    if (this.#isAwaiting || this.#unwritten.size === 0) return;
    this.#isAwaiting = true;
    const { store, clock } = this.#deps;
    const put = [...this.#unwritten];
    const again = () => {
      this.#isAwaiting = false;
      this.#awaitWritten();
    };
    store.committed().then(
      () => {
        for (const id of put) this.#unwritten.delete(id);
        this.#logDropped();
        again();
      },
      () => {
        this.#logDropped();
        if (!this.#isStopped) clock.setTimeout(again, LOOK_AGAIN_MS);
      },
    );
  }

  #logDropped(): void {
    const messages = this.#dropped - this.#droppedLogged;
    if (messages === 0) return;
    this.#droppedLogged = this.#dropped;
    this.#deps.log.error({ messages }, 'messages to webhooks could not be recorded: too many wait for the database');
  }

  #isTooOld({ delivery }: StoredDelivery): boolean {
    return this.#deps.clock.wall() - Date.parse(delivery.createdAt) > GIVE_UP_MS;
  }

  #now(): string {
    return new Date(this.#deps.clock.wall()).toISOString();
  }
}
