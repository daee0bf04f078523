import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all, stateOf } from '../../protocol/alerts.ts';
import { ANSWER_MS, post } from './post.ts';

const BATCH = 20;

/** Any service that takes JSON. Slack and its like show `text`, and do not mind the rest. */
export function createWebhook(url: string, answerMs = ANSWER_MS): Notifier {
  return {
    channel: 'webhook',
    batch: BATCH,
    send: (alerts) => post(new URL(url), { text: alerts.map(lineOf).join('\n'), alerts: alerts.map(shown) }, answerMs),
  };
}

function lineOf(alert: Alert): string {
  if (alert.resolvedAt === undefined) return `FIRING ${alert.alert}: ${asText(alert.summary)}`;
  return `RESOLVED ${alert.alert}: ${asText(alert.about)}: ${asText(alert.resolution ?? '')}`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * What devices call themselves is text, whatever it looks like: no mention, link or format of Slack's (`<!channel>`,
 * `<url|words>`) or Markdown's (`@all`, `[words](url)`, `*bold*`). Underscores within words are none.
 */
function asText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*~|[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/[&<>]/g, (it) => ENTITIES[it] as string)
    .replace(/@/g, '@\u200b');
}

/** `key` is the same for each telling of the same thing: who is told twice, after a crash, knows it by that. */
function shown(alert: Alert) {
  const { openedAt, resolvedAt, ...facts } = alert;
  return {
    ...facts,
    key: `${alert.id}:${stateOf(alert)}`,
    state: stateOf(alert),
    severity: all[alert.alert].severity,
    openedAt: new Date(openedAt).toISOString(),
    ...(resolvedAt !== undefined && { resolvedAt: new Date(resolvedAt).toISOString() }),
  };
}
