import type { Channel, ChannelKind, SecretField } from '../../../protocol/channels.ts';

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
  | 'server';

/** The fields of each kind; `?` marks those that may be empty. */
export const fieldsOf: Record<ChannelKind, readonly (Field | `${Field}?`)[]> = {
  webhook: ['url'],
  slack: ['url'],
  teams: ['url'],
  email: ['host', 'port', 'security', 'user?', 'password?', 'from', 'to'],
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
});

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean);

/** The body of the request. An empty secret stays as it is; another empty field is cleared. */
export function bodyOf(draft: Draft, kind: ChannelKind, channel: Channel | undefined): object {
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
    else if (text !== '') body[field] = text;
    else if (channel && !isSecret(field) && marked.endsWith('?')) body[field] = null;
    else if (!channel && !marked.endsWith('?')) body[field] = text;
  }
  return channel ? body : { kind, ...body };
}
