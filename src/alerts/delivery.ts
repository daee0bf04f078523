import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type Notifier, RefusedError } from '../ports/notifier.ts';
import { within } from '../ports/patience.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

const MAX_WAITING = 10_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const STOP_PATIENCE_MS = 1000;

export interface DeliveryDeps {
  notifier: Notifier;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'notification'>;
  /** It arrived, or is never going to. */
  told(alert: Alert): void;
}

/**
 * Brings alerts to one channel, one message at a time, and again until they arrive. Of each alert only its last state waits,
 * so that the line is bounded; beyond that the oldest is given up.
 */
export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #waiting = new Map<string, Alert>();
  #sending: Promise<void> | undefined;
  #wait = FIRST_RETRY_MS;
  #timer: unknown;
  #stopped = false;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  get notifier(): Notifier {
    return this.#deps.notifier;
  }

  /** Does nothing for what waits already. */
  add(alert: Alert): void {
    const waiting = this.#waiting.get(alert.id);
    if (this.#stopped || (waiting && stateOf(waiting) === stateOf(alert))) return;
    this.#waiting.delete(alert.id);
    this.#waiting.set(alert.id, alert);
    if (this.#waiting.size > MAX_WAITING) this.#giveUp(this.#waiting.values().next().value as Alert);
    // What is added in one turn goes together.
    this.#timer ??= this.#deps.clock.setTimeout(() => this.#send(), 0);
  }

  /** Waits for what is under way, but not for somebody who hangs: others have to leave, too. */
  async stop(): Promise<void> {
    const { clock } = this.#deps;
    this.#stopped = true;
    clock.clearTimeout(this.#timer);
    await within(clock, STOP_PATIENCE_MS, Promise.resolve(this.#sending), () => {});
  }

  #send(): void {
    const some = [...this.#waiting.values()].slice(0, this.notifier.batch);
    this.#sending = this.#try(some).then((wait) => {
      this.#sending = undefined;
      this.#timer = undefined;
      if (this.#waiting.size === 0 || this.#stopped) return;
      this.#timer = this.#deps.clock.setTimeout(() => this.#send(), wait);
    });
  }

  /** Returns how long to wait before the next one, ms. */
  async #try(some: readonly Alert[]): Promise<number> {
    const { notifier, log, metrics } = this.#deps;
    try {
      await notifier.send(some);
      metrics.notification(notifier.channel, 'sent');
    } catch (error) {
      metrics.notification(notifier.channel, 'failed');
      log.warn({ err: error, channel: notifier.channel, alerts: some.length }, 'alerts could not be told');
      if (error instanceof RefusedError) {
        for (const alert of some) this.#refused(alert);
        return LAST_RETRY_MS;
      }
      const wait = this.#wait;
      this.#wait = Math.min(LAST_RETRY_MS, wait * 2);
      return wait;
    }
    this.#wait = FIRST_RETRY_MS;
    for (const alert of some) this.#done(alert);
    return 0;
  }

  /** A wrong address is put right some day: as long as it is open it is offered again, behind what waits by then. */
  #refused(alert: Alert): void {
    const waiting = this.#waiting.get(alert.id);
    if (waiting && stateOf(waiting) === 'open') {
      this.#waiting.delete(alert.id);
      this.#waiting.set(alert.id, waiting);
    } else this.#done(alert);
  }

  #giveUp(alert: Alert): void {
    this.#deps.log.error({ id: alert.id, channel: this.notifier.channel }, 'an alert was not told: too many wait');
    this.#done(alert);
  }

  #done(alert: Alert): void {
    const waiting = this.#waiting.get(alert.id);
    // It may have another state by now.
    if (waiting && stateOf(waiting) === stateOf(alert)) this.#waiting.delete(alert.id);
    this.#deps.told(alert);
  }
}
