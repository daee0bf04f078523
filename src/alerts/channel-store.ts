import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable, loadNewest, orUndone } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';
import {
  type Channel,
  type ChannelEdit,
  type ChannelSettings,
  NewChannel,
  secretFields,
  secretGoesTo,
} from '../protocol/channels.ts';
import { VigiaError } from '../protocol/errors.ts';
import { parse } from '../protocol/schema.ts';

/** A stored record, with its secrets: sending needs them. */
export interface StoredChannel {
  id: string;
  settings: ChannelSettings;
  createdAt: string;
  /** Alerts that opened earlier are not sent, in ms since the epoch. */
  since: number;
  /** Since when the channel gets the reports of months. */
  reportsSince?: number;
  /** The last report: sent, or being sent until then. In ms since the epoch. */
  report?: { month: string; sentAt: number } | { month: string; claimedUntil: number };
}

const MAX_CHANNELS = 50;

/** The channels that people set up. In a cluster the changes of other instances are loaded every few seconds. */
export class ChannelStore {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #channels = new Map<string, StoredChannel>();
  #sorted: readonly StoredChannel[] | undefined;
  readonly #changes = new PendingChanges<StoredChannel | undefined>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Loads the stored channels: other instances may have changed them. */
  async load(): Promise<void> {
    const store = this.#store;
    this.#channels = await this.#writes.read(store, () => store.load<StoredChannel>('channels'));
    this.#sorted = undefined;
  }

  /** Oldest first; the same list until there is a change. */
  all(): readonly StoredChannel[] {
    this.#sorted ??= [...this.#channels.values()].sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1));
    return this.#sorted;
  }

  get(id: string): StoredChannel | undefined {
    return this.#channels.get(id);
  }

  /** @throws VigiaError `conflict` (too many), `unavailable` */
  async create(settings: ChannelSettings): Promise<StoredChannel> {
    if (this.#channels.size >= MAX_CHANNELS) {
      throw new VigiaError('conflict', `There are ${MAX_CHANNELS} channels already; remove some that are not needed.`);
    }
    const now = this.#clock.wall();
    const id = `ch-${randomBytes(8).toString('hex')}`;
    const channel = { id, settings, createdAt: new Date(now).toISOString(), since: now, reportsSince: now };
    checkWritable(this.#store);
    this.#put(id, channel);
    await orUndone(durable(this.#store), () => this.#put(id, undefined));
    return channel;
  }

  /**
   * Undefined if the channel does not exist.
   * @throws VigiaError `invalid_payload`, `unavailable`
   */
  async edit(id: string, edit: ChannelEdit): Promise<StoredChannel | undefined> {
    await loadNewest(this.#store, () => this.load());
    const known = this.#channels.get(id);
    if (!known) return undefined;
    const { settings } = known;
    const given = Object.entries(edit).map(([key, value]) => [key, value ?? undefined]);
    mustGiveSecretsAgain(settings, edit);
    const next = parse(NewChannel, { ...settings, ...Object.fromEntries(given) });
    const isOtherwise = (next.enabled && !settings.enabled) || edit.groups !== undefined;
    const now = this.#clock.wall();
    const startsReports = edit.monthlyReport != null && monthlyReportOf(settings) === undefined;
    const edited = {
      ...known,
      settings: next,
      since: isOtherwise ? now : known.since,
      ...(startsReports && { reportsSince: now }),
    };
    await this.#write(id, edited);
    return edited;
  }

  /**
   * Claims the sending of a month's report. False if it was sent, or is being sent.
   * @throws VigiaError `unavailable`
   */
  async claimReport(id: string, month: string, forMs: number): Promise<boolean> {
    await loadNewest(this.#store, () => this.load());
    const known = this.#channels.get(id);
    const now = this.#clock.wall();
    if (!known) return false;
    const { report } = known;
    if (report?.month === month && ('sentAt' in report || report.claimedUntil > now)) return false;
    await this.#write(id, { ...known, report: { month, claimedUntil: now + forMs } });
    return true;
  }

  /** @throws VigiaError `unavailable` */
  async reportSent(id: string, month: string): Promise<void> {
    await loadNewest(this.#store, () => this.load());
    const known = this.#channels.get(id);
    if (known) await this.#write(id, { ...known, report: { month, sentAt: this.#clock.wall() } });
  }

  /**
   * False if the channel did not exist.
   * @throws VigiaError `unavailable`
   */
  async remove(id: string): Promise<boolean> {
    if (!this.#channels.has(id)) return false;
    await this.#write(id, undefined);
    return true;
  }

  async #write(id: string, channel: StoredChannel | undefined): Promise<void> {
    checkWritable(this.#store);
    const was = this.#channels.get(id);
    this.#put(id, channel);
    const change = { was, is: channel, stored: durable(this.#store) };
    await this.#changes.settle(id, change, (previous) => this.#put(id, previous));
  }

  #put(id: string, channel: StoredChannel | undefined): void {
    this.#writes.written();
    this.#sorted = undefined;
    if (channel) this.#channels.set(id, channel);
    else this.#channels.delete(id);
    this.#store.put('channels', id, channel);
  }
}

const monthlyReportOf = (settings: ChannelSettings) => (settings.kind === 'email' ? settings.monthlyReport : undefined);

/** Otherwise an edit of the address would send the secret to somebody who does not know it. */
function mustGiveSecretsAgain(settings: ChannelSettings, edit: ChannelEdit): void {
  const [before, after] = [settings, edit] as unknown as Record<string, unknown>[];
  const faults = secretFields.flatMap((secret) => {
    if (before?.[secret] === undefined || after?.[secret] !== undefined) return [];
    const isOther = secretGoesTo[secret].some(
      (field) => after?.[field] !== undefined && (after[field] ?? undefined) !== before[field],
    );
    return isOther ? [{ path: secret, message: 'must be given again: it would go to another server' }] : [];
  });
  if (faults.length > 0) throw new VigiaError('invalid_payload', undefined, faults);
}

/** Whether alerts in this state go to the channel: whoever was told of the beginning is told of the end. */
export function wants({ id, settings, since }: StoredChannel, alert: Alert, told: Record<string, string>): boolean {
  if (!settings.enabled || (settings.kind === 'email' && settings.alerts === false)) return false;
  if (told[id] === 'open' && stateOf(alert) === 'resolved') return true;
  const { groups } = settings;
  const isOurs =
    groups === undefined || groups.some((group) => alert.group === group || alert.about === `group ${group}`);
  return isOurs && alert.openedAt >= since;
}

/** As shown: without its secrets. */
export function shownChannel({ id, settings, createdAt }: StoredChannel): Channel {
  const { kind, name, groups, enabled } = settings;
  const all = settings as unknown as Record<string, unknown>;
  const basics = {
    id,
    kind,
    name,
    ...(groups && { groups }),
    enabled,
    createdAt,
    secrets: secretFields.filter((it) => all[it] !== undefined),
  };
  switch (settings.kind) {
    case 'email': {
      const { host, port, security, user, from, to, alerts, monthlyReport } = settings;
      const more = {
        ...(user && { user }),
        ...(alerts === false && { alerts }),
        ...(monthlyReport && { monthlyReport }),
      };
      return { ...basics, target: to.join(', '), host, port, security, from, to, ...more };
    }
    case 'telegram': {
      const { chatId, server } = settings;
      return { ...basics, target: chatId, chatId, ...(server && { server: new URL(server).origin }) };
    }
    default:
      return { ...basics, target: new URL(settings.url).host };
  }
}
