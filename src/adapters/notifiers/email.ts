import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { EmailSettings, SendMail } from '../../ports/mail.ts';
import { type Notifier, RefusedError } from '../../ports/notifier.ts';
import type { Guard } from './guard.ts';
import { ANSWER_MS, hideSecrets } from './post.ts';
import { sentenceOf, TEST, titleOf } from './text.ts';

const BATCH = 100;
const MAX_SUBJECT = 150;

/** E-mail by SMTP: one message with all alerts. */
export function createEmail(channel: string, settings: EmailSettings, guard: Guard): Notifier {
  const sendMail = createSendMail(guard);
  const send = (subject: string, lines: readonly string[]) =>
    sendMail(settings, { subject: `vigia: ${subject}`, text: `${lines.join('\n')}\n` });
  return {
    channel,
    kind: 'email',
    batch: BATCH,
    send: (alerts) => send(titleOf(alerts), alerts.map(sentenceOf)),
    test: () => send('test', [TEST]),
  };
}

export function createSendMail(guard: Guard): SendMail {
  return async ({ host, port, security, user, password = '', from, to }, mail) => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    // As text, and as AUTH LOGIN and AUTH PLAIN send it.
    const secrets = password ? [password, base64(password), base64(`\0${user}\0${password}`)] : [];
    const addresses = await guard(host, port);
    // The one that was checked; most networks have IPv4.
    const { address } = addresses.find(({ family }) => family === 4) ?? (addresses[0] as LookupAddress);
    const transport = createTransport({
      host: address,
      ...(isIP(host) === 0 && { tls: { servername: host } }),
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user && { auth: { user, pass: password } }),
      connectionTimeout: ANSWER_MS,
      greetingTimeout: ANSWER_MS,
      socketTimeout: ANSWER_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      const { response } = await transport.sendMail({ from, to, ...mail, subject: mail.subject.slice(0, MAX_SUBJECT) });
      return `answered ${hideSecrets(response, secrets)}`;
    } catch (error) {
      throw failureOf(error, secrets);
    } finally {
      transport.close();
    }
  };
}

/** SMTP's 5xx are final. */
function failureOf(error: unknown, secrets: readonly string[]): Error {
  const { response, responseCode, code } = error as { response?: string; responseCode?: number; code?: string };
  if (response === undefined) return new Error(`no answer: ${code ?? 'unknown error'}`);
  const answer = `answered ${hideSecrets(response, secrets)}`;
  return responseCode !== undefined && responseCode >= 500 ? new RefusedError(answer) : new Error(answer);
}
