import type { Clock } from '../ports/clock.ts';
import type { EnvironmentNotifier, Notifier, NotifierFactory } from '../ports/notifier.ts';
import type { Channel, ChannelEdit, ChannelSettings } from '../protocol/channels.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type ChannelStore, type StoredChannel, shownChannel } from './channel-store.ts';

export interface ChannelTest {
  delivered: boolean;
  /** What the receiver answered, or why nothing arrived. */
  answer: string;
  durationMs: number;
}

interface Deps {
  channels: ChannelStore;
  /** Those that the environment defines. */
  notifiers: readonly EnvironmentNotifier[];
  notifierOf: NotifierFactory;
  clock: Clock;
}

const FIXED = 'The environment defines this channel. Change it there.';

/** The channels as people see and change them. */
export class Channels {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Those of the environment first, then oldest first. */
  list(): Channel[] {
    return [...this.#deps.notifiers.map(shownNotifier), ...this.#deps.channels.all().map(shownChannel)];
  }

  get(id: string): Channel | undefined {
    return this.list().find((it) => it.id === id);
  }

  /** @throws VigiaError `conflict` (too many), `unavailable` */
  async create(settings: ChannelSettings): Promise<Channel> {
    return shownChannel(await this.#deps.channels.create(settings));
  }

  /**
   * Undefined if the channel does not exist.
   * @throws VigiaError `invalid_payload`, `conflict` (the environment defines it), `unavailable`
   */
  async edit(id: string, edit: ChannelEdit): Promise<Channel | undefined> {
    this.#mustBeOurs(id);
    const edited = await this.#deps.channels.edit(id, edit);
    return edited && shownChannel(edited);
  }

  /**
   * False if the channel did not exist.
   * @throws VigiaError `conflict` (the environment defines it), `unavailable`
   */
  async remove(id: string): Promise<boolean> {
    this.#mustBeOurs(id);
    return this.#deps.channels.remove(id);
  }

  /**
   * Sends one test message now, without retries. Undefined if the channel does not exist.
   * @throws VigiaError `conflict` if its receiver takes nothing but alerts
   */
  async test(id: string): Promise<ChannelTest | undefined> {
    const { clock } = this.#deps;
    const notifier = this.#notifier(id);
    if (!notifier) return undefined;
    if (!notifier.test) throw new VigiaError('conflict', 'This receiver takes nothing but alerts.');
    const begun = clock.now();
    const result = await notifier.test().then(
      (answer) => ({ delivered: true, answer }),
      ({ message }: Error) => ({ delivered: false, answer: message }),
    );
    return { ...result, durationMs: clock.now() - begun };
  }

  /** The channels that get the reports of months. */
  readers(): readonly StoredChannel[] {
    return this.#deps.channels.all().filter(({ settings }) => settings.kind === 'email' && settings.monthlyReport);
  }

  /** @throws VigiaError `unavailable` */
  claimReport(id: string, month: string, forMs: number): Promise<boolean> {
    return this.#deps.channels.claimReport(id, month, forMs);
  }

  /** @throws VigiaError `unavailable` */
  reportSent(id: string, month: string): Promise<void> {
    return this.#deps.channels.reportSent(id, month);
  }

  #notifier(id: string): Notifier | undefined {
    const { notifiers, channels, notifierOf } = this.#deps;
    const stored = channels.get(id);
    return stored ? notifierOf(id, stored.settings) : notifiers.find(({ channel }) => channel === id);
  }

  #mustBeOurs(id: string): void {
    if (this.#deps.notifiers.some(({ channel }) => channel === id)) throw new VigiaError('conflict', FIXED);
  }
}

const shownNotifier = ({ channel, kind, variable, target }: EnvironmentNotifier): Channel => ({
  id: channel,
  kind,
  name: variable,
  enabled: true,
  variable,
  target,
  secrets: [],
});
