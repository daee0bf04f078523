import type { Clock } from '../../ports/clock.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { createAlertmanager } from './alertmanager.ts';
import { createWebhook } from './webhook.ts';

/** One notifier for each configured URL. */
export function createNotifiers(
  { alertmanagerUrl, alertWebhookUrl }: { alertmanagerUrl?: string | undefined; alertWebhookUrl?: string | undefined },
  clock: Pick<Clock, 'wall'>,
): Notifier[] {
  return [
    ...(alertmanagerUrl ? [createAlertmanager(alertmanagerUrl, () => clock.wall())] : []),
    ...(alertWebhookUrl ? [createWebhook(alertWebhookUrl)] : []),
  ];
}
