import { z } from 'zod';
import { isTimeZone } from './alerts.ts';
import type { Time } from './document.ts';
import { GroupName } from './group-name.ts';

/** Where alerts are sent. */
export const channelKinds = ['webhook', 'slack', 'teams', 'email', 'ntfy', 'telegram'] as const;
export type ChannelKind = (typeof channelKinds)[number];

const url = z
  .string()
  .trim()
  .max(2048)
  .refine((it) => URL.canParse(it) && /^https?:$/.test(new URL(it).protocol), 'must be an http or https address');
const topicUrl = url.refine((it) => /^\/[-_A-Za-z0-9]{1,64}\/?$/.test(new URL(it).pathname), {
  message: 'must end with a topic, such as https://ntfy.sh/screens',
});
const text = z.string().trim().min(1).max(256);
const secret = z.string().trim().min(1).max(1024);
const email = z
  .string()
  .trim()
  .pipe(z.email({ error: 'must be an e-mail address' }).max(320));
const host = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an address');

const common = {
  name: text,
  /** Only alerts about devices in these groups. */
  groups: z.array(GroupName).min(1).max(256).optional(),
  enabled: z.boolean().default(true),
};

/** The report of each month, at six in the morning of the day after it. */
const MonthlyReport = z.strictObject({
  timeZone: z.string().trim().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Madrid'),
  /** Of the texts and numbers, such as `en` or `es-AR`. */
  language: z.string().trim().max(35).refine(isLanguage, 'must be a language such as en or es-AR'),
});

function isLanguage(name: string): boolean {
  try {
    return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(name) && Intl.getCanonicalLocales(name).length === 1;
  } catch {
    return false;
  }
}
export type MonthlyReport = z.output<typeof MonthlyReport>;

export const smtpSecurities = ['starttls', 'tls', 'none'] as const;

const Webhook = z.strictObject({ kind: z.literal('webhook'), ...common, url });
const Slack = z.strictObject({ kind: z.literal('slack'), ...common, url });
const Teams = z.strictObject({ kind: z.literal('teams'), ...common, url });
const Email = z.strictObject({
  kind: z.literal('email'),
  ...common,
  host,
  port: z.int().min(1).max(65_535).default(587),
  security: z.enum(smtpSecurities).default('starttls'),
  user: text.optional(),
  password: secret.optional(),
  from: email,
  to: z.array(email).min(1).max(20),
  /** False: only the report. */
  alerts: z.boolean().optional(),
  monthlyReport: MonthlyReport.optional(),
});
const Ntfy = z.strictObject({ kind: z.literal('ntfy'), ...common, url: topicUrl, token: secret.optional() });
const Telegram = z.strictObject({
  kind: z.literal('telegram'),
  ...common,
  botToken: z
    .string()
    .trim()
    .regex(/^\d{1,20}:[A-Za-z0-9_-]{10,128}$/, 'must be a token such as 123456:ABC…'),
  chatId: z
    .string()
    .trim()
    .regex(/^(-?\d{1,20}|@[A-Za-z0-9_]{1,64})$/, 'must be a number or @channel'),
  /** A Bot API server of one's own. */
  server: url.optional(),
});

export const NewChannel = z.discriminatedUnion('kind', [Webhook, Slack, Teams, Email, Ntfy, Telegram]).meta({
  id: 'NewChannel',
  description: '`groups` left out: alerts of all devices, sites and of the server.',
  example: { kind: 'ntfy', name: 'On call', url: 'https://ntfy.sh/screens', groups: ['lobby'] },
});
export type ChannelSettings = z.output<typeof NewChannel>;

/** All fields of all kinds; the result must be valid for the kind of the channel. */
export const ChannelEdit = z
  .strictObject({
    name: z.string().optional(),
    groups: z.array(z.string()).nullable().optional(),
    enabled: z.boolean().optional(),
    url: z.string().optional(),
    host: z.string().optional(),
    port: z.int().optional(),
    security: z.enum(smtpSecurities).optional(),
    user: z.string().nullable().optional(),
    password: z.string().nullable().optional(),
    from: z.string().optional(),
    to: z.array(z.string()).optional(),
    token: z.string().nullable().optional(),
    botToken: z.string().optional(),
    chatId: z.string().optional(),
    server: z.string().nullable().optional(),
    alerts: z.boolean().optional(),
    monthlyReport: MonthlyReport.nullable().optional(),
  })
  .meta({
    id: 'ChannelEdit',
    description:
      'What is not named stays; null clears. A secret must be given again when it would go to another server.',
  });
export type ChannelEdit = z.output<typeof ChannelEdit>;

/** Fields that are never shown. The URL of a chat is a secret: whoever has it can write there. */
export const secretFields = ['url', 'password', 'token', 'botToken'] as const;
export type SecretField = (typeof secretFields)[number];

/** What decides where a secret goes. */
export const secretGoesTo: Record<SecretField, readonly string[]> = {
  url: [],
  password: ['host', 'port', 'security', 'user'],
  token: ['url'],
  botToken: ['server'],
};

/** A channel as shown: without its secrets. */
export interface Channel {
  id: string;
  kind: ChannelKind | 'alertmanager';
  name: string;
  groups?: string[] | undefined;
  enabled: boolean;
  /** Set if the environment defines the channel: the variable. It cannot be changed here. */
  variable?: string;
  /** Where it sends to: a host, the recipients or the chat. */
  target: string;
  createdAt?: Time;
  /** Which secrets are set. */
  secrets: SecretField[];
  host?: string;
  port?: number;
  security?: (typeof smtpSecurities)[number];
  user?: string | undefined;
  from?: string;
  to?: string[];
  chatId?: string;
  server?: string | undefined;
  /** False: only the report. */
  alerts?: boolean | undefined;
  monthlyReport?: MonthlyReport | undefined;
}
