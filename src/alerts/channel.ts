import type { Channel } from '../delivery/delivery.ts';
import { type Notifier, RefusedError } from '../ports/notifier.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

const OFFERED_AGAIN_MS = 60_000;

/** The way of alerts to one notifier. `told`: it arrived, or is never going to. */
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
