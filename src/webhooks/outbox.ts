import type { Logger } from 'pino';
import { type Channel, Delivery } from '../delivery/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { RefusedError } from '../ports/notifier.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { EventSender } from '../ports/webhooks.ts';
import type { DisabledReason, WebhookDelivery } from '../protocol/webhooks.ts';
import type { WebhookBook } from './book.ts';

/** As it is stored. `node`: the instance that sends it. */
export interface StoredDelivery {
  delivery: WebhookDelivery;
  node: string;
  body: string;
}

export interface OutboxDeps {
  store: StateStore;
  book: WebhookBook;
  send: EventSender;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'notification'>;
  /** It failed for too long, or is gone. */
  disabled(webhookId: string, why: DisabledReason, error: string): void;
}

/** One that waits: what is stored is replaced, never changed. */
interface Letter {
  id: string;
  stored: StoredDelivery;
  isRecorded: boolean;
}

/** While the database is away so many wait for it. What comes then is sent all the same, and recorded with its next step. */
const MAX_UNWRITTEN = 10_000;
const LOOK_AGAIN_MS = 1000;
const LANES = 4;
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 2 * 3600_000;
export const GIVE_UP_MS = 86_400_000;
const DISABLED = 'the webhook was disabled';
const REMOVED = 'the webhook was removed';

/** What is to be delivered, recorded with each step; of each webhook a line of its own, so that none holds up another. */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #lines = new Map<string, Delivery<Letter>>();
  /** Put, and not written yet. */
  readonly #unwritten = new Set<string>();
  #isAwaiting = false;
  #dropped = 0;
  #droppedTold = 0;
  #isStopped = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** From now on it is sent from here, once it is safe: nothing is told that a crash could undo. */
  add(stored: StoredDelivery): void {
    const letter = { id: stored.delivery.id, stored, isRecorded: false };
    this.#write(letter);
    if (!letter.isRecorded) this.#dropped++;
    const go = () => this.#send(letter);
    // While the database cannot be written, it is better told than not.
    this.#deps.store.committed().then(go, go);
  }

  /** Goes on with one that is stored already. */
  resume(stored: StoredDelivery): void {
    this.#send({ id: stored.delivery.id, stored, isRecorded: true });
  }

  #send(letter: Letter): void {
    // What is recorded by then is sent by the next process.
    if (this.#isStopped) return;
    const { clock } = this.#deps;
    const { webhookId, nextAttemptAt } = letter.stored.delivery;
    const inMs = nextAttemptAt === undefined ? 0 : Math.max(0, Date.parse(nextAttemptAt) - clock.wall());
    this.#line(webhookId).add(letter, inMs);
  }

  /** How many were not recorded, because too many waited for the database. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Ends what waits for webhooks that take nothing any more, and what has waited for too long. */
  sweep(): void {
    const { book } = this.#deps;
    for (const [webhookId, line] of this.#lines) {
      if (!book.isEnabled(webhookId)) line.giveUpWhere(() => true, book.get(webhookId) ? DISABLED : REMOVED);
      else line.giveUpWhere(({ stored }) => this.#isTooOld(stored), 'nothing arrived for a day');
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#lines.values()].map((line) => line.stop()));
  }

  #line(webhookId: string): Delivery<Letter> {
    const known = this.#lines.get(webhookId);
    if (known) return known;
    const { clock, log, metrics } = this.#deps;
    const counted = (outcome: Parameters<typeof metrics.notification>[1]) => metrics.notification('events', outcome);
    const line = new Delivery({ channel: this.#channel(webhookId), clock, log, counted });
    this.#lines.set(webhookId, line);
    return line;
  }

  #channel(webhookId: string): Channel<Letter> {
    const { book, send } = this.#deps;
    return {
      name: `webhook ${webhookId}`,
      batch: 1,
      lanes: LANES,
      keyOf: ({ id }) => id,
      stateOf: () => '',
      send: async ([letter]) => {
        const webhook = book.get(webhookId);
        if (!webhook || !book.isEnabled(webhookId)) throw new RefusedError(webhook ? DISABLED : REMOVED);
        const { id, stored } = letter as Letter;
        await send({ url: webhook.url, secrets: book.secretsOf(webhook) }, { id, body: stored.body });
      },
      arrived: (letter) => {
        book.arrived(webhookId);
        this.#attempted(letter, { status: 'delivered', endedAt: this.#now() });
      },
      gaveUp: (letter, error) => this.#change(letter, { status: 'failed', endedAt: this.#now(), error }),
      retryIn: (letter, error) => this.#retryIn(letter, error),
    };
  }

  #retryIn(letter: Letter, error: Error): number | undefined {
    const { book, clock, disabled } = this.#deps;
    const { webhookId } = letter.stored.delivery;
    if (!book.isEnabled(webhookId)) return undefined;
    const { attempts, createdAt } = letter.stored.delivery;
    const left = Date.parse(createdAt) + GIVE_UP_MS - clock.wall();
    // The last attempt is made when its day is over.
    const aside = Math.min(FIRST_RETRY_MS * 3 ** attempts, LAST_RETRY_MS, left);
    const nextAttemptAt = new Date(clock.wall() + aside).toISOString();
    this.#attempted(letter, { error: error.message, ...(aside > 0 && { nextAttemptAt }) });
    const why = book.failed(webhookId, error instanceof RefusedError && error.status === 410);
    if (why) disabled(webhookId, why, error.message);
    return why || aside <= 0 ? undefined : aside;
  }

  #attempted(letter: Letter, change: Partial<WebhookDelivery>): void {
    const { error: _, ...facts } = letter.stored.delivery;
    const delivery = { ...facts, attempts: facts.attempts + 1, attemptedAt: this.#now() };
    letter.stored = { ...letter.stored, delivery };
    this.#change(letter, change);
  }

  #change(letter: Letter, change: Partial<WebhookDelivery>): void {
    const { nextAttemptAt: _, ...facts } = letter.stored.delivery;
    letter.stored = { ...letter.stored, delivery: { ...facts, ...change } };
    this.#write(letter);
  }

  #write(letter: Letter): void {
    const { id, stored } = letter;
    if (!letter.isRecorded) {
      if (this.#unwritten.size >= MAX_UNWRITTEN) return;
      letter.isRecorded = true;
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
        this.#tellDropped();
        again();
      },
      () => {
        this.#tellDropped();
        if (!this.#isStopped) clock.setTimeout(again, LOOK_AGAIN_MS);
      },
    );
  }

  #tellDropped(): void {
    const messages = this.#dropped - this.#droppedTold;
    if (messages === 0) return;
    this.#droppedTold = this.#dropped;
    this.#deps.log.error({ messages }, 'messages to webhooks could not be recorded: too many wait for the database');
  }

  #isTooOld({ delivery }: StoredDelivery): boolean {
    return this.#deps.clock.wall() - Date.parse(delivery.createdAt) > GIVE_UP_MS;
  }

  #now(): string {
    return new Date(this.#deps.clock.wall()).toISOString();
  }
}
