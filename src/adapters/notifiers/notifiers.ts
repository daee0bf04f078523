import type { Clock } from '../../ports/clock.ts';
import type { EnvironmentNotifier, NotifierFactory } from '../../ports/notifier.ts';
import { createAlertmanager } from './alertmanager.ts';
import { createSlack, createTeams } from './chats.ts';
import { createEmail } from './email.ts';
import type { Guard } from './guard.ts';
import { createNtfy, createTelegram } from './phones.ts';
import { createWebhook } from './webhook.ts';

/** One notifier for each configured URL. */
export function createNotifiers(
  { alertmanagerUrl, alertWebhookUrl }: { alertmanagerUrl?: string | undefined; alertWebhookUrl?: string | undefined },
  clock: Pick<Clock, 'wall'>,
): EnvironmentNotifier[] {
  const hostOf = (url: string) => new URL(url).host;
  return [
    ...(alertmanagerUrl
      ? [
          {
            ...createAlertmanager(alertmanagerUrl, () => clock.wall()),
            variable: 'ALERTMANAGER_URL',
            target: hostOf(alertmanagerUrl),
          },
        ]
      : []),
    ...(alertWebhookUrl
      ? [{ ...createWebhook(alertWebhookUrl), variable: 'ALERT_WEBHOOK_URL', target: hostOf(alertWebhookUrl) }]
      : []),
  ];
}

/** Notifiers for the channels that people set up. */
export function channelNotifiers(guard: Guard): NotifierFactory {
  return (id, settings) => {
    switch (settings.kind) {
      case 'webhook':
        return createWebhook(settings.url, { guard }, id);
      case 'slack':
        return createSlack(id, settings, guard);
      case 'teams':
        return createTeams(id, settings, guard);
      case 'email':
        return createEmail(id, settings, guard);
      case 'ntfy':
        return createNtfy(id, settings, guard);
      case 'telegram':
        return createTelegram(id, settings, guard);
    }
  };
}
