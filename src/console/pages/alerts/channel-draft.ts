import type { Channel, ChannelKind, SecretField } from '../../../protocol/channels.ts';
import { computerZone } from '../../core/zone.ts';

/** The texts in the form. */
export type Draft = Record<Field | 'name' | 'groups', string>;
export type Field =
  | 'url'
  | 'host'
  | 'port'
  | 'security'
  | 'user'
  | 'password'
  | 'from'
  | 'to'
  | 'token'
  | 'botToken'
  | 'chatId'
  | 'server'
  | 'gets'
  | 'reportZone';

/** What a channel of e-mail gets. */
export const gets = ['alerts', 'both', 'report'] as const;
type Gets = (typeof gets)[number];

/** The fields of each kind; `?` marks those that may be empty. */
export const fieldsOf: Record<ChannelKind, readonly (Field | `${Field}?`)[]> = {
  webhook: ['url'],
  slack: ['url'],
  teams: ['url'],
  email: ['host', 'port', 'security', 'user?', 'password?', 'from', 'to', 'gets', 'reportZone'],
  ntfy: ['url', 'token?'],
  telegram: ['botToken', 'chatId', 'server?'],
};

const secrets: ReadonlySet<string> = new Set<SecretField>(['url', 'password', 'token', 'botToken']);
export const isSecret = (field: Field): boolean => secrets.has(field);

export const draftOf = (channel: Channel | undefined): Draft => ({
  name: channel?.name ?? '',
  groups: channel?.groups?.join(', ') ?? '',
  url: '',
  host: channel?.host ?? '',
  port: String(channel?.port ?? 587),
  security: channel?.security ?? 'starttls',
  user: channel?.user ?? '',
  password: '',
  from: channel?.from ?? '',
  to: channel?.to?.join(', ') ?? '',
  token: '',
  botToken: '',
  chatId: channel?.chatId ?? '',
  server: channel?.server ?? '',
  gets: (channel?.monthlyReport ? (channel.alerts === false ? 'report' : 'both') : 'alerts') satisfies Gets,
  reportZone: channel?.monthlyReport?.timeZone ?? computerZone(),
});

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean);

/**
 * The body of the request. `language`: of the monthly report. An empty secret stays as it is; another empty
 * field is cleared.
 */
export function bodyOf(draft: Draft, kind: ChannelKind, channel: Channel | undefined, language: string): object {
  const groups = listOf(draft.groups);
  const body: Record<string, unknown> = { name: draft.name.trim() };
  if (groups.length > 0) body.groups = groups;
  else if (channel?.groups) body.groups = null;
  if (channel && JSON.stringify(channel.groups) === JSON.stringify(body.groups)) delete body.groups;
  for (const marked of fieldsOf[kind]) {
    const field = marked.replace('?', '') as Field;
    const text = draft[field].trim();
    if (field === 'to') body.to = listOf(text);
    else if (field === 'port') body.port = Number(text);
    else if (field === 'gets') {
      if (channel || text === 'report') body.alerts = text !== 'report';
      if (channel && text === 'alerts') body.monthlyReport = null;
    } else if (field === 'reportZone') {
      const reportLanguage = channel?.monthlyReport?.language ?? language;
      if (draft.gets !== 'alerts') body.monthlyReport = { timeZone: text, language: reportLanguage };
    } else if (text !== '') body[field] = text;
    else if (channel && !isSecret(field) && marked.endsWith('?')) body[field] = null;
    else if (!channel && !marked.endsWith('?')) body[field] = text;
  }
  return channel ? body : { kind, ...body };
}
