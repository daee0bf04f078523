import type { ChannelSettings } from '../protocol/channels.ts';

export type EmailSettings = Extract<ChannelSettings, { kind: 'email' }>;

export interface Mail {
  subject: string;
  text: string;
  html?: string;
  /** The same for the same mail, by which mailboxes recognize a repetition. */
  messageId?: string;
  attachments?: { filename: string; content: string | Buffer; contentType: string; cid?: string }[];
}

/**
 * Sends a mail by SMTP. Resolves with the server's answer; rejects otherwise, with a `RefusedError` if a retry is
 * useless. Neither answers nor errors contain a secret.
 */
export type SendMail = (settings: EmailSettings, mail: Mail) => Promise<string>;
