import type { Logger } from 'pino';
import { type Channel, Delivery } from '../delivery/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type Notifier, RefusedError } from '../ports/notifier.ts';
import type { NotificationStatus } from '../protocol/alert-notifications.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

const RETRY_REFUSED_MS = 60_000;
/** Nothing is tried again for a channel that was removed or disabled. */
export const GONE = 'the channel was removed or disabled';

export interface DeliveryDeps {
  clock: Clock;
  log: Logger;
}

type Attempted = (alerts: readonly Alert[], status: NotificationStatus, answer: string) => void;

/**
 * Delivers alerts to one notifier. Calls `acknowledged` when an alert arrived or was given up.
 * @param isWanted asked right before an alert is sent
 */
export function alertDelivery(
  notifier: Notifier,
  { metrics, clock, log }: DeliveryDeps & { metrics: Pick<Metrics, 'notification'> },
  acknowledged: (alert: Alert) => void,
  attempted: Attempted,
  isWanted: (alert: Alert) => boolean,
): Delivery<Alert> {
  const counted = (outcome: Parameters<typeof metrics.notification>[1]) => metrics.notification(notifier.kind, outcome);
  return new Delivery({
    channel: { ...alertChannel(notifier, acknowledged, attempted), isWanted },
    clock,
    log,
    counted,
  });
}

export function alertChannel(
  notifier: Notifier,
  acknowledged: (alert: Alert) => void,
  attempted: Attempted = () => {},
): Channel<Alert> {
  return {
    name: notifier.channel,
    batch: notifier.batch,
    keyOf: ({ id }) => id,
    stateOf,
    async send(alerts) {
      try {
        attempted(alerts, 'delivered', await notifier.send(alerts));
      } catch (error) {
        attempted(alerts, 'failed', (error as Error).message);
        throw error;
      }
    },
    arrived: acknowledged,
    gaveUp(alert, why) {
      attempted([alert], 'given_up', why);
      acknowledged(alert);
    },
    // An operator may fix a wrong URL: an open alert is sent again.
    retryIn(alert, error) {
      if (!(error instanceof RefusedError)) return 0;
      if (error.message === GONE) return undefined;
      return stateOf(alert) === 'open' ? RETRY_REFUSED_MS : undefined;
    },
  };
}
