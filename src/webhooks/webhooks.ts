import { createHash, randomBytes } from 'node:crypto';
import type { Audit } from '../ports/audit.ts';
import { leads } from '../ports/leads.ts';
import { repeat } from '../ports/repeat.ts';
import type { DeliveryLog } from '../ports/webhooks.ts';
import { orUnavailable } from '../protocol/errors.ts';
import type { DisabledReason, NewWebhook, Webhook, WebhookDelivery, WebhookEdit } from '../protocol/webhooks.ts';
import type { Event } from './events.ts';
import { Outbox, type OutboxDeps, type StoredDelivery } from './outbox.ts';
import { WebhookStore } from './webhook-store.ts';

export interface WebhooksDeps extends Omit<OutboxDeps, 'webhookStore' | 'disabled'> {
  history: DeliveryLog;
  /** Name of this instance. */
  node: string;
  /** The live instances; `isShared`: other instances use the same database. */
  share: { nodes(): readonly string[]; isShared: boolean };
  audit: Audit;
}

export interface TestResult {
  delivered: boolean;
  error?: string;
  durationMs: number;
}

const LOOK_MS = 5000;
/** Another instance's last writes may be stored only after it has left. */
const ORPHANS_MS = 60_000;

/**
 * Sends each event as a message of its own to every webhook that subscribes to it (SPEC V1–V7). A message is stored
 * with its event and retried for a day, over restarts, too. Nothing waits for the receivers.
 */
export class Webhooks {
  readonly #deps: WebhooksDeps;
  readonly #webhookStore: WebhookStore;
  readonly #outbox: Outbox;
  /** Messages sent before `start`: they are stored, too, but not left over from an earlier process. */
  #early: Set<string> | undefined = new Set();
  #stopLooking = () => {};
  #looking: Promise<void> | undefined;
  #nodes = '';
  #orphansAt = 0;

  constructor(deps: WebhooksDeps) {
    this.#deps = deps;
    this.#webhookStore = new WebhookStore(deps.store, deps.clock);
    this.#outbox = new Outbox({
      ...deps,
      webhookStore: this.#webhookStore,
      disabled: (...given) => this.#disabled(...given),
    });
  }

  /** Call this before the first event. */
  load(): Promise<void> {
    return this.#webhookStore.load();
  }

  /** Resumes the deliveries of earlier processes. */
  async start(): Promise<void> {
    await this.#takeUp((node) => node === this.#deps.node);
    this.#early = undefined;
    this.#stopLooking = repeat(this.#deps.clock, LOOK_MS, () => this.#look());
  }

  /** The next process sends what is still pending. */
  async stop(): Promise<void> {
    this.#stopLooking();
    await this.#outbox.stop();
  }

  enqueue(event: Event): void {
    const { type, at, data } = event;
    const wanting = this.#webhookStore.wanting(type, event.group);
    if (wanting.length === 0) return;
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    const createdAt = new Date(this.#deps.clock.wall()).toISOString();
    for (const { id: webhookId } of wanting) {
      const id = idOf(at, `${type} ${event.key} ${webhookId}`);
      const delivery: WebhookDelivery = { id, webhookId, type, status: 'pending', attempts: 0, createdAt };
      this.#early?.add(id);
      this.#outbox.add({ delivery, node: this.#deps.node, body });
    }
  }

  get records(): { readonly backlog: number; readonly dropped: number } {
    // The store counts pending records itself.
    return { backlog: 0, dropped: this.#outbox.dropped };
  }

  list(): Webhook[] {
    return this.#webhookStore.list();
  }

  get(id: string): Webhook | undefined {
    return this.#webhookStore.shown(id);
  }

  create(wanted: NewWebhook): Promise<Webhook & { secret: string }> {
    return this.#webhookStore.create(wanted);
  }

  /** Undefined if the webhook does not exist. */
  async edit(id: string, edit: WebhookEdit): Promise<Webhook | undefined> {
    const edited = await this.#webhookStore.edit(id, edit);
    this.#outbox.sweep();
    return edited;
  }

  /** Undefined if the webhook does not exist. */
  rotate(id: string, graceMs: number): Promise<(Webhook & { secret: string }) | undefined> {
    return this.#webhookStore.rotate(id, graceMs);
  }

  /** False if the webhook did not exist. */
  async remove(id: string): Promise<boolean> {
    const removed = await this.#webhookStore.remove(id);
    this.#outbox.sweep();
    return removed;
  }

  /** Sends one test message now, without retries, and returns the result. Undefined if the webhook does not exist. */
  async test(id: string): Promise<TestResult | undefined> {
    const { clock, send } = this.#deps;
    const webhook = this.#webhookStore.get(id);
    if (!webhook) return undefined;
    const begun = clock.now();
    const at = clock.wall(begun);
    const { name } = webhook;
    const data = { webhook: { id, ...(name !== undefined && { name }) } };
    const body = JSON.stringify({ type: 'webhook.test', timestamp: new Date(at).toISOString(), data });
    const to = { url: webhook.url, secrets: this.#webhookStore.secretsOf(webhook) };
    const error = await send(to, { id: idOf(at, randomBytes(16).toString('hex')), body }).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    return { delivered: error === undefined, ...(error !== undefined && { error }), durationMs: clock.now() - begun };
  }

  /** Newest first. @throws VigiaError `unavailable` */
  deliveries(query: Parameters<DeliveryLog['list']>[0]): Promise<WebhookDelivery[]> {
    const { store, history, log } = this.#deps;
    return orUnavailable(
      () => store.committed().then(() => history.list(query)),
      'The deliveries cannot be read now.',
      (error) => log.warn({ err: error }, 'the deliveries cannot be read'),
    );
  }

  #disabled(id: string, why: DisabledReason, error: string): void {
    const { log, audit } = this.#deps;
    log.warn({ webhook: id, why, error }, 'a webhook was disabled');
    audit.record({ actor: 'server', kind: 'webhook.disabled', outcome: 'ok', details: { id, why, error } });
    this.#outbox.sweep();
  }

  #look(): void {
    this.#outbox.sweep();
    const { share, store, log } = this.#deps;
    if (!share.isShared || !store.healthy || this.#looking) return;
    this.#looking = this.#refresh()
      .catch((error) => log.debug({ err: error }, 'the webhooks could not be read; it is tried again'))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /**
   * In a cluster, loads the changes of other instances. The leader also takes over the messages of instances that are
   * gone.
   */
  async #refresh(): Promise<void> {
    const { share, node, clock } = this.#deps;
    await this.#webhookStore.load();
    const nodes = share.nodes();
    const present = [...nodes].sort().join();
    const isDue = present !== this.#nodes || clock.now() - this.#orphansAt >= ORPHANS_MS;
    if (!isDue || !leads(node, nodes)) return;
    await this.#takeUp((owner) => owner !== node && !nodes.includes(owner));
    this.#nodes = present;
    this.#orphansAt = clock.now();
  }

  async #takeUp(isOurs: (node: string) => boolean): Promise<void> {
    const { store, node, share } = this.#deps;
    // Otherwise a message that was just delivered could be read as pending.
    await store.committed();
    const pending = await store.load<StoredDelivery>('webhook-deliveries');
    const ours = [...pending.values()].filter(
      ({ delivery, node: by }) =>
        delivery.status === 'pending' && (isOurs(by) || !share.isShared) && !this.#early?.has(delivery.id),
    );
    ours.sort((a, b) => (a.delivery.id < b.delivery.id ? -1 : 1));
    for (const it of ours) {
      if (it.node === node) this.#outbox.resume(it);
      else this.#outbox.add({ ...it, node });
    }
  }
}

/** Grows with time. Equal for equal events, whichever instance creates the message. */
const idOf = (at: number, key: string): string =>
  Math.max(0, at).toString(36).padStart(9, '0') + createHash('sha256').update(key).digest('hex').slice(0, 20);
