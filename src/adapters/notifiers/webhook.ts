import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all, stateOf } from '../../protocol/alerts.ts';
import { type PostOptions, post } from './post.ts';
import { oneLine, slackBlock, TEST, withEntities } from './text.ts';

const BATCH = 20;

/**
 * Works with any service that accepts JSON. Mattermost and Rocket.Chat show `text` as Markdown. Slack, in which
 * characters such as `*` cannot be escaped, shows `blocks` of plain text instead. All of them ignore the other fields.
 * @param channel the id of the channel
 */
export function createWebhook(
  url: string,
  options: Pick<PostOptions, 'answerMs' | 'guard'> = {},
  channel = 'webhook',
): Notifier {
  const send = (lines: readonly string[], alerts: readonly Alert[]) => {
    const message = {
      text: lines.map(asMarkdown).join('\n'),
      blocks: lines.map(slackBlock),
      alerts: alerts.map(shown),
    };
    return post(new URL(url), JSON.stringify(message), options);
  };
  return {
    channel,
    kind: 'webhook',
    batch: BATCH,
    send: (alerts) => send(alerts.map(lineOf), alerts),
    test: () => send([TEST], []),
  };
}

function lineOf(alert: Alert): string {
  const isOver = alert.resolvedAt !== undefined;
  const words = isOver ? `${alert.about}: ${alert.resolution ?? ''}` : alert.summary;
  return `${isOver ? 'RESOLVED' : 'FIRING'} ${alert.alert}: ${oneLine(words)}`;
}

/**
 * Escapes text from devices so that it stays text: no mention, link or format of Slack (`<!channel>`, `<url|words>`) or
 * Markdown (`@all`, `[words](url)`, `http://`, `*bold*`). Underscores within words have no meaning.
 */
function asMarkdown(text: string): string {
  return withEntities(text.replace(/[\\`*~|[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&'))
    .replace(/@|:(?=\/\/)/g, '$&\u200b')
    .replace(/\bwww(?=\.)/gi, '$&\u200b');
}

/**
 * `key` is the same for every message about the same alert, so that receivers can recognize duplicates after a crash.
 */
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
