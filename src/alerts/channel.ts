import type { Logger } from 'pino';
import { type Channel, Delivery } from '../delivery/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type Notifier, RefusedError } from '../ports/notifier.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

const RETRY_REFUSED_MS = 60_000;
/** Nothing is tried again for a channel that was removed or disabled. */
export const GONE = 'the channel was removed or disabled';

export interface DeliveryDeps {
  clock: Clock;
  log: Logger;
}

/** Delivers alerts to one notifier. Calls `acknowledged` when an alert arrived or was given up. */
export function alertDelivery(
  notifier: Notifier,
  { metrics, clock, log }: DeliveryDeps & { metrics: Pick<Metrics, 'notification'> },
  acknowledged: (alert: Alert) => void,
): Delivery<Alert> {
  const counted = (outcome: Parameters<typeof metrics.notification>[1]) => metrics.notification(notifier.kind, outcome);
  return new Delivery({ channel: alertChannel(notifier, acknowledged), clock, log, counted });
}

export function alertChannel(notifier: Notifier, acknowledged: (alert: Alert) => void): Channel<Alert> {
  return {
    name: notifier.channel,
    batch: notifier.batch,
    keyOf: ({ id }) => id,
    stateOf,
    send: async (alerts) => void (await notifier.send(alerts)),
    arrived: acknowledged,
    gaveUp: acknowledged,
    // An operator may fix a wrong URL: an open alert is sent again.
    retryIn(alert, error) {
      if (!(error instanceof RefusedError)) return 0;
      if (error.message === GONE) return undefined;
      return stateOf(alert) === 'open' ? RETRY_REFUSED_MS : undefined;
    },
  };
}
