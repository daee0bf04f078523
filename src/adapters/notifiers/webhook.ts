import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all, stateOf } from '../../protocol/alerts.ts';
import { ANSWER_MS, post } from './post.ts';

const BATCH = 20;

/**
 * Works with any service that accepts JSON. Mattermost and Rocket.Chat show `text` as Markdown. Slack, in which
 * characters such as `*` cannot be escaped, shows `blocks` of plain text instead. All of them ignore the other fields.
 */
export function createWebhook(url: string, answerMs = ANSWER_MS): Notifier {
  return {
    channel: 'webhook',
    batch: BATCH,
    send: (alerts) => {
      const text = alerts.map((it) => asMarkdown(lineOf(it))).join('\n');
      const message = { text, blocks: alerts.map(blockOf), alerts: alerts.map(shown) };
      return post(new URL(url), JSON.stringify(message), { answerMs });
    },
  };
}

/** Without line breaks and characters that change the direction of the text. */
function lineOf(alert: Alert): string {
  const isOver = alert.resolvedAt !== undefined;
  const words = isOver ? `${alert.about}: ${alert.resolution ?? ''}` : alert.summary;
  const line = words.replace(/\s+/g, ' ').replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return `${isOver ? 'RESOLVED' : 'FIRING'} ${alert.alert}: ${line}`;
}

/** Slack rejects blocks of more than 3,000 characters, and each character may become an entity of five. */
const MAX_CHARACTERS = 600;

function blockOf(alert: Alert) {
  const text = withEntities(lineOf(alert).slice(0, MAX_CHARACTERS));
  return { type: 'section', text: { type: 'plain_text', text, emoji: false } };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const withEntities = (text: string) => text.replace(/[&<>]/g, (it) => ENTITIES[it] as string);

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
