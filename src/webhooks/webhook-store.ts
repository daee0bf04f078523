import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable, loadNewest, orUndone } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { DisabledReason, EventType, NewWebhook, Webhook, WebhookEdit } from '../protocol/webhooks.ts';

/** A stored record. The secret is kept in plain text, because signing needs it. */
export interface StoredWebhook {
  id: string;
  url: string;
  secret: string;
  /** The previous secret: messages are signed with it, too, until then. */
  previous?: { secret: string; until: string } | undefined;
  name?: string | undefined;
  events?: EventType[] | undefined;
  groups?: string[] | undefined;
  createdAt: string;
}

/** Stored separately, so that recording a failure never overwrites another instance's edit. */
interface Health {
  failingSince?: string;
  /** Time of the last failure, rounded down to the hour. */
  failedAt?: string;
  disabled?: { since: string; why: DisabledReason };
}

interface Kept {
  webhook: StoredWebhook | undefined;
  health: Health | undefined;
}

const MAX_WEBHOOKS = 50;
/** A webhook is disabled if all attempts failed for this long. */
const DISABLE_AFTER_MS = 3 * 86_400_000;
/**
 * Pending messages are retried more often than this. A longer gap means that nothing was sent, so it is no evidence
 * against the receiver.
 */
const IDLE_MS = 86_400_000;
/** Not every failed attempt is written. */
const FAILED_STEP_MS = 3_600_000;

/** The webhooks and their health. In a cluster the changes of other instances are loaded every few seconds. */
export class WebhookStore {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #webhooks = new Map<string, StoredWebhook>();
  #health = new Map<string, Health>();
  readonly #changes = new PendingChanges<Kept>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Loads the stored webhooks: other instances may have changed them. */
  async load(): Promise<void> {
    const store = this.#store;
    const { webhooks, health } = await this.#writes.read(store, async () => ({
      webhooks: await store.load<StoredWebhook>('webhooks'),
      health: await store.load<Health>('webhook-health'),
    }));
    this.#webhooks = webhooks;
    this.#health = health;
  }

  get(id: string): StoredWebhook | undefined {
    return this.#webhooks.get(id);
  }

  /** Enabled webhooks that subscribe to this event. */
  wanting(type: EventType, group: string | null): StoredWebhook[] {
    return [...this.#webhooks.values()].filter(
      ({ id, events, groups }) =>
        this.isEnabled(id) &&
        (events === undefined || events.includes(type)) &&
        (groups === undefined || (group !== null && groups.includes(group))),
    );
  }

  isEnabled(id: string): boolean {
    return this.#webhooks.has(id) && this.#health.get(id)?.disabled === undefined;
  }

  /** Oldest first, without their secrets. */
  list(): Webhook[] {
    const all = [...this.#webhooks.values()].map((it) => this.#shown(it));
    return all.sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1));
  }

  shown(id: string): Webhook | undefined {
    const webhook = this.#webhooks.get(id);
    return webhook && this.#shown(webhook);
  }

  /** @throws VigiaError `conflict` (too many), `unavailable` */
  async create(wanted: NewWebhook): Promise<Webhook & { secret: string }> {
    if (this.#webhooks.size >= MAX_WEBHOOKS) {
      throw new VigiaError('conflict', `There are ${MAX_WEBHOOKS} webhooks already; remove some that are not needed.`);
    }
    const webhook: StoredWebhook = {
      id: `wh-${randomBytes(8).toString('hex')}`,
      ...wanted,
      secret: newSecret(),
      createdAt: this.#now(),
    };
    checkWritable(this.#store);
    this.#put(webhook.id, webhook);
    await orUndone(durable(this.#store), () => this.#put(webhook.id, undefined));
    return { ...this.#shown(webhook), secret: webhook.secret };
  }

  /**
   * Undefined if the webhook does not exist.
   * @throws VigiaError `unavailable`
   */
  async edit(id: string, { enabled, ...edit }: WebhookEdit): Promise<Webhook | undefined> {
    await loadNewest(this.#store, () => this.load());
    const known = this.#webhooks.get(id);
    if (!known) return undefined;
    const given = Object.entries(edit).map(([key, value]) => [key, value ?? undefined]);
    const edited: StoredWebhook = { ...known, ...Object.fromEntries(given) };
    const isSame = enabled === undefined || enabled === this.isEnabled(id);
    const health = enabled ? undefined : { disabled: { since: this.#now(), why: 'by an admin' as const } };
    await this.#change(id, { webhook: edited, health: isSame ? this.#health.get(id) : health });
    return this.#shown(edited);
  }

  /**
   * Creates a new secret; the previous one stays valid for `graceMs`. Undefined if the webhook does not exist.
   * @throws VigiaError `unavailable`
   */
  async rotate(id: string, graceMs: number): Promise<(Webhook & { secret: string }) | undefined> {
    await loadNewest(this.#store, () => this.load());
    const known = this.#webhooks.get(id);
    if (!known) return undefined;
    const until = new Date(this.#clock.wall() + graceMs).toISOString();
    const previous = graceMs > 0 ? { secret: known.secret, until } : undefined;
    const rotated = { ...known, secret: newSecret(), previous };
    await this.#change(id, { webhook: rotated, health: this.#health.get(id) });
    return { ...this.#shown(rotated), secret: rotated.secret };
  }

  /** The secrets that sign its messages, newest first. */
  secretsOf({ secret, previous }: StoredWebhook): string[] {
    return this.#isGood(previous) ? [secret, previous.secret] : [secret];
  }

  #isGood(previous: StoredWebhook['previous']): previous is NonNullable<StoredWebhook['previous']> {
    return previous !== undefined && this.#clock.wall() < Date.parse(previous.until);
  }

  /**
   * False if the webhook did not exist.
   * @throws VigiaError `unavailable`
   */
  async remove(id: string): Promise<boolean> {
    if (!this.#webhooks.has(id)) return false;
    await this.#change(id, { webhook: undefined, health: undefined });
    return true;
  }

  arrived(id: string): void {
    if (this.#health.get(id)?.failingSince !== undefined && this.isEnabled(id)) this.#setHealth(id, undefined);
  }

  /** Records a failed attempt. Returns the reason if this disables the webhook. */
  failed(id: string, isGone: boolean): DisabledReason | undefined {
    if (!this.isEnabled(id)) return undefined;
    const now = this.#clock.wall();
    const known = this.#health.get(id);
    const aside = now - Date.parse(known?.failedAt ?? known?.failingSince ?? '');
    // False for NaN, if there was no failure before.
    const goesOn = aside <= IDLE_MS;
    const failingSince = (goesOn && known?.failingSince) || this.#now();
    const isLong = now - Date.parse(failingSince) >= DISABLE_AFTER_MS;
    const why = isGone ? 'gone' : isLong ? 'failing' : undefined;
    if (why || !goesOn || aside >= FAILED_STEP_MS) {
      const failedAt = this.#now();
      this.#setHealth(id, { failingSince, failedAt, ...(why && { disabled: { since: failedAt, why } }) });
    }
    return why;
  }

  async #change(id: string, is: Kept): Promise<void> {
    checkWritable(this.#store);
    const was = { webhook: this.#webhooks.get(id), health: this.#health.get(id) };
    const put = ({ webhook, health }: Kept) => {
      this.#put(id, webhook);
      if (health !== this.#health.get(id)) this.#setHealth(id, health);
    };
    put(is);
    await this.#changes.settle(id, { was, is, stored: durable(this.#store) }, put);
  }

  #put(id: string, webhook: StoredWebhook | undefined): void {
    this.#writes.written();
    if (webhook) this.#webhooks.set(id, webhook);
    else this.#webhooks.delete(id);
    this.#store.put('webhooks', id, webhook);
  }

  #setHealth(id: string, health: Health | undefined): void {
    this.#writes.written();
    if (health) this.#health.set(id, health);
    else if (!this.#health.delete(id)) return;
    this.#store.put('webhook-health', id, health);
  }

  #shown({ secret: _, previous, name, events, groups, ...facts }: StoredWebhook): Webhook {
    const { failedAt: __, ...health } = this.#health.get(facts.id) ?? {};
    return {
      ...facts,
      ...(name !== undefined && { name }),
      ...(events && { events: [...events] }),
      ...(groups && { groups: [...groups] }),
      ...(this.#isGood(previous) && { previousSecretUntil: previous.until }),
      ...health,
    };
  }

  #now(): string {
    return new Date(this.#clock.wall()).toISOString();
  }
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
