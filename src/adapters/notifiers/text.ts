import { type Alert, alerts as all } from '../../protocol/alerts.ts';

/** The texts of messages. Names come from devices, so they may contain anything. */

export const TEST = 'This is a test of this channel. Alerts will arrive here.';

/** Without line breaks and characters that change the direction of the text. */
export const oneLine = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');

/** `Critical: Lobby 1 (lobby-1) is not on air, since …` */
export function sentenceOf(alert: Alert): string {
  if (alert.resolvedAt !== undefined) return oneLine(`Resolved: ${alert.about}: ${alert.resolution ?? ''}`);
  return oneLine(`${all[alert.alert].severity === 'critical' ? 'Critical' : 'Warning'}: ${alert.summary}`);
}

/** `2 alerts, 1 resolved`, or the sentence of a single one. */
export function titleOf(alerts: readonly Alert[]): string {
  const [first] = alerts;
  if (alerts.length === 1 && first) return sentenceOf(first);
  const resolved = alerts.filter(({ resolvedAt }) => resolvedAt !== undefined).length;
  const parts = [
    [alerts.length - resolved, 'alert'],
    [resolved, 'resolved alert'],
  ] as const;
  return parts.flatMap(([count, of]) => (count > 0 ? [`${count} ${of}${count === 1 ? '' : 's'}`] : [])).join(', ');
}

/** As many whole lines as fit, and how many there are more. */
export function linesWithin(alerts: readonly Alert[], characters: number): string {
  const lines: string[] = [];
  let left = characters - 20;
  for (const line of alerts.map((it) => sentenceOf(it).slice(0, characters - 40))) {
    if (line.length + 1 > left) break;
    left -= line.length + 1;
    lines.push(line);
  }
  const more = alerts.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const withEntities = (text: string) => text.replace(/[&<>]/g, (it) => ENTITIES[it] as string);

/** Slack rejects blocks of more than 3,000 characters, and each character may become an entity of five. */
const MAX_BLOCK = 600;

/** Plain text for Slack, which has no escape for its formats. */
export function slackBlock(line: string) {
  const text = withEntities(line.slice(0, MAX_BLOCK));
  return { type: 'section', text: { type: 'plain_text', text, emoji: false } };
}
