import { type Channel, Delivery, type DeliveryDeps } from '../delivery/delivery.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type Notifier, RefusedError } from '../ports/notifier.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

const OFFERED_AGAIN_MS = 60_000;

/** The way of alerts to one notifier. `told`: it arrived, or is never going to. */
export function alertDelivery(
  notifier: Notifier,
  { metrics, clock, log }: Pick<DeliveryDeps<Alert>, 'clock' | 'log'> & { metrics: Pick<Metrics, 'notification'> },
  told: (alert: Alert) => void,
): Delivery<Alert> {
  const counted = (outcome: Parameters<typeof metrics.notification>[1]) =>
    metrics.notification(notifier.channel, outcome);
  return new Delivery({ channel: alertChannel(notifier, told), clock, log, counted });
}

export function alertChannel(notifier: Notifier, told: (alert: Alert) => void): Channel<Alert> {
  return {
    name: notifier.channel,
    batch: notifier.batch,
    keyOf: ({ id }) => id,
    stateOf,
    send: (alerts) => notifier.send(alerts),
    arrived: told,
    gaveUp: told,
    // A wrong address is put right some day: as long as it is open it is offered again.
    retryIn(alert, error) {
      if (!(error instanceof RefusedError)) return 0;
      return stateOf(alert) === 'open' ? OFFERED_AGAIN_MS : undefined;
    },
  };
}
