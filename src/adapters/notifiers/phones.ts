import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all } from '../../protocol/alerts.ts';
import type { ChannelSettings } from '../../protocol/channels.ts';
import type { Guard } from './guard.ts';
import { post } from './post.ts';
import { linesWithin, TEST, titleOf } from './text.ts';

type Settings<K extends ChannelSettings['kind']> = Extract<ChannelSettings, { kind: K }>;

const BATCH = 20;
/** ntfy makes an attachment of more than 4,096 bytes, and a character has up to four. */
const NTFY_CHARACTERS = 1000;
const TELEGRAM_CHARACTERS = 4000;
const TELEGRAM = 'https://api.telegram.org';
const HIGH = 5;
const NORMAL = 3;

/** Publishes as JSON, which is sent to the root of the server. */
export function createNtfy(channel: string, { url, token }: Settings<'ntfy'>, guard: Guard): Notifier {
  const root = new URL(url);
  const topic = root.pathname.replaceAll('/', '');
  root.pathname = '/';
  const send = (title: string, message: string, priority: number, tags: string[]) =>
    post(root, JSON.stringify({ topic, title, message, priority, tags }), {
      guard,
      secrets: [topic, ...(token ? [token] : [])],
      headers: token ? { authorization: `Bearer ${token}` } : {},
    });
  return {
    channel,
    kind: 'ntfy',
    batch: BATCH,
    send(alerts) {
      const isUrgent = alerts.some(isCritical);
      const tag = alerts.every(({ resolvedAt }) => resolvedAt !== undefined) ? 'white_check_mark' : 'warning';
      return send('vigia', linesWithin(alerts, NTFY_CHARACTERS), isUrgent ? HIGH : NORMAL, [tag]);
    },
    test: () => send('vigia', TEST, NORMAL, []),
  };
}

/** A bot of Telegram. Without a `parse_mode` the text is plain. */
export function createTelegram(
  channel: string,
  { botToken, chatId, server = TELEGRAM }: Settings<'telegram'>,
  guard: Guard,
): Notifier {
  const url = new URL(`${server.replace(/\/$/, '')}/bot${botToken}/sendMessage`);
  const send = (text: string) =>
    post(url, JSON.stringify({ chat_id: chatId, text, link_preview_options: { is_disabled: true } }), {
      guard,
      secrets: [botToken],
    });
  return {
    channel,
    kind: 'telegram',
    batch: BATCH,
    send: (alerts) =>
      send(alerts.length === 1 ? titleOf(alerts) : `${titleOf(alerts)}\n${linesWithin(alerts, TELEGRAM_CHARACTERS)}`),
    test: () => send(TEST),
  };
}

const isCritical = ({ alert, resolvedAt }: Alert) => resolvedAt === undefined && all[alert].severity === 'critical';
