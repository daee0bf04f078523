import type { Notifier } from '../../ports/notifier.ts';
import type { ChannelSettings } from '../../protocol/channels.ts';
import type { Guard } from './guard.ts';
import { post } from './post.ts';
import { sentenceOf, slackBlock, TEST, titleOf, withEntities } from './text.ts';

type Settings<K extends ChannelSettings['kind']> = Extract<ChannelSettings, { kind: K }>;

/** A message has at most 50 blocks. */
const BATCH = 20;

/** Slack's incoming webhooks. `text` is what its notifications show; `blocks` is plain text. */
export function createSlack(channel: string, { url }: Settings<'slack'>, guard: Guard): Notifier {
  const send = (title: string, lines: readonly string[]) => {
    const message = { text: withEntities(title), blocks: lines.map(slackBlock) };
    return post(new URL(url), JSON.stringify(message), { guard });
  };
  return {
    channel,
    kind: 'slack',
    batch: BATCH,
    send: (alerts) => send(titleOf(alerts), alerts.map(sentenceOf)),
    test: () => send(TEST, [TEST]),
  };
}

/** Workflows of Teams (incoming webhooks): an adaptive card. Rich text blocks have no Markdown, so names stay text. */
export function createTeams(channel: string, { url }: Settings<'teams'>, guard: Guard): Notifier {
  const send = (lines: readonly string[]) => {
    const body = lines.map((text) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] }));
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.2',
      body,
    };
    const message = {
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
    };
    return post(new URL(url), JSON.stringify(message), { guard });
  };
  return {
    channel,
    kind: 'teams',
    batch: BATCH,
    send: (alerts) => send(alerts.map((it) => sentenceOf(it).slice(0, 600))),
    test: () => send([TEST]),
  };
}
