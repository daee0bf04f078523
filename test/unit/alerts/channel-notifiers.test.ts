import { describe, expect, test } from 'vitest';
import { createEventSender } from '../../../src/adapters/notifiers/event-webhook.ts';
import { createGuard } from '../../../src/adapters/notifiers/guard.ts';
import { channelNotifiers } from '../../../src/adapters/notifiers/notifiers.ts';
import { RefusedError } from '../../../src/ports/notifier.ts';
import type { Alert } from '../../../src/protocol/alerts.ts';
import { NewChannel } from '../../../src/protocol/channels.ts';
import { startMailbox, startPhone } from '../../support/phone.ts';

const open = (about: string, summary = `${about} is not connected`): Alert => ({
  id: about,
  alert: 'device_offline',
  about,
  group: null,
  summary,
  openedAt: 1_785_000_000_000,
});
const over = (about: string): Alert => ({
  ...open(about),
  resolvedAt: 1,
  ending: 'over',
  resolution: 'it is connected again',
});

const OWN_PORT = 3001;
const notifierFor = (settings: object) =>
  channelNotifiers(createGuard(() => OWN_PORT))('ch-1', NewChannel.parse({ name: 'On call', ...settings }));

describe('W16 each kind of channel in its own form', () => {
  test('Slack: plain text in blocks, and a title for its notification', async () => {
    const phone = await startPhone();
    const slack = notifierFor({ kind: 'slack', url: `${phone.url}/services/T0/B0/x` });
    expect(await slack.send([open('a', '*b* <!channel>'), over('b')])).toBe('answered 200');
    const section = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } });
    expect(phone.calls).toMatchObject([
      {
        path: '/services/T0/B0/x',
        body: {
          text: '1 alert, 1 resolved alert',
          blocks: [section('Critical: *b* &lt;!channel&gt;'), section('Resolved: b: it is connected again')],
        },
      },
    ]);
    await slack.test?.();
    expect(phone.calls[1]?.body.text).toMatch(/^This is a test/);
  });

  test('Teams: an adaptive card of plain text', async () => {
    const phone = await startPhone();
    await notifierFor({ kind: 'teams', url: `${phone.url}/workflows/x` }).send([open('a', '[a](http://b)')]);
    const { contentType, content } = phone.calls[0]?.body.attachments[0] ?? {};
    expect(contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(content).toMatchObject({
      type: 'AdaptiveCard',
      body: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'Critical: [a](http://b)' }] }],
    });
  });

  test('ntfy: JSON at the root of the server, urgent while something is critical, with the token', async () => {
    const phone = await startPhone();
    const ntfy = notifierFor({ kind: 'ntfy', url: `${phone.url}/screens`, token: 'tk_secret' });
    await ntfy.send(Array.from({ length: 20 }, (_, i) => open(`device-${i}`, `${'long '.repeat(20)}${i}`)));
    await ntfy.send([over('a')]);
    expect(phone.calls[0]).toMatchObject({
      path: '/',
      headers: { authorization: 'Bearer tk_secret' },
      body: { topic: 'screens', title: 'vigia', priority: 5 },
    });
    expect(Buffer.byteLength(phone.calls[0]?.body.message)).toBeLessThan(4096);
    expect(phone.calls[0]?.body.message).toMatch(/\nand \d+ more$/);
    expect(phone.calls[1]?.body).toMatchObject({ message: 'Resolved: a: it is connected again', priority: 3 });
  });

  test('Telegram: a message of a bot to a chat', async () => {
    const phone = await startPhone();
    const botToken = '123456:abcdefghijklmnop';
    const telegram = notifierFor({ kind: 'telegram', botToken, chatId: '-100123', server: phone.url });
    await telegram.send([open('a')]);
    expect(phone.calls).toMatchObject([
      { path: `/bot${botToken}/sendMessage`, body: { chat_id: '-100123', text: 'Critical: a is not connected' } },
    ]);
    expect(phone.calls[0]?.body).not.toHaveProperty('parse_mode');
  });

  test('e-mail: one message to all, signed in; names make no headers', async () => {
    const mailbox = await startMailbox('correct horse');
    const settings = { kind: 'email', host: '127.0.0.1', port: mailbox.port, security: 'none', user: 'vigia' };
    const people = { from: 'vigia@example.org', to: ['ana@example.org', 'luis@example.org'] };
    const email = notifierFor({ ...settings, ...people, password: 'correct horse' });
    expect(await email.send([open('a', 'x\r\nBcc: evil@example.org')])).toMatch(/^answered 250 /);
    expect(mailbox.mails).toMatchObject([{ ...people, user: 'vigia' }]);
    expect(mailbox.mails[0]?.text).toContain('Subject: vigia: Critical: x Bcc: evil@example.org');
    expect(mailbox.mails[0]?.text).not.toMatch(/^Bcc:/m);
    await email.send([open('a'), open('b')]);
    expect(mailbox.mails[1]?.text).toMatch(/Subject: vigia: 2 alerts[\s\S]*a is not connected\r\n.*b is not connected/);

    mailbox.refusal = { code: 451, message: 'Try again later' };
    const busy = await email.send([open('a')]).catch((error) => error);
    expect(busy.message).toBe('answered 451 Try again later');
    expect(busy).not.toBeInstanceOf(RefusedError);
    mailbox.refusal = { code: 550, message: 'No such user' };
    await expect(email.send([open('a')])).rejects.toBeInstanceOf(RefusedError);
    const wrong = notifierFor({ ...settings, ...people, password: 'hunter22' });
    const refused = await wrong.send([open('a')]).catch((error) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toMatch(/^answered 535 /);
    expect(refused.message).not.toContain('hunter22');
    expect(mailbox.mails).toHaveLength(2);
  });

  test('e-mail without encryption is not sent unless that is what was chosen', async () => {
    const mailbox = await startMailbox();
    const email = notifierFor({
      kind: 'email',
      host: '127.0.0.1',
      port: mailbox.port,
      from: 'vigia@example.org',
      to: ['ana@example.org'],
    });
    await expect(email.send([open('a')])).rejects.toThrow();
    expect(mailbox.mails).toEqual([]);
  });
});

describe('W17 secrets stay here', () => {
  test('a receiver that repeats what it got shows no secret', async () => {
    const phone = await startPhone();
    const url = `${phone.url}/screens`;
    phone.next = [{ status: 403, body: `no rights for\n tk_secret at ${url}` }];
    const error = await notifierFor({ kind: 'ntfy', url, token: 'tk_secret' })
      .send([open('a')])
      .catch((it) => it);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(/^answered 403: no rights for … at/);
    expect(error.message).not.toMatch(/tk_secret|screens/);
  });

  test.each(['slack', 'teams', 'webhook'])(
    '%s: of a server that repeats parts of the URL, the status is shown',
    async (kind) => {
      const phone = await startPhone();
      const notifier = notifierFor({
        kind,
        url: `${phone.url.replace('//', '//ana:hunter22@')}/services/T0/S3CRET?key=K3Y`,
      });
      for (const status of [200, 404, 500]) {
        phone.next = [{ status, body: '<pre>Cannot POST /services/T0/S3CRET K3Y hunter22</pre>' }];
        const answer = await notifier.test?.().catch((it) => it.message);
        expect(answer).toBe(`answered ${status}`);
      }
    },
  );

  test('user, password and query of a URL are hidden in every form', async () => {
    const phone = await startPhone();
    const address = `${phone.url.replace('//', '//ana:p%40ss:w%C3%B6rd@')}/screens?auth=a%2Fb%3Dc`;
    const basic = Buffer.from('ana:p@ss:wörd').toString('base64');
    phone.next = [{ status: 403, body: `no: p@ss:wörd p%40ss%3Aw%C3%B6rd ${basic} a%2Fb%3Dc a/b=c done` }];
    const answer = await notifierFor({ kind: 'ntfy', url: address })
      .test?.()
      .catch((it) => it.message);
    expect(answer).toBe('answered 403: no: … … … … … done');
    expect(phone.calls[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  test('a mail server that repeats the sign-in shows no password', async () => {
    const mailbox = await startMailbox('hunter22');
    const plain = Buffer.from('\0vigia\0hunter22').toString('base64');
    mailbox.refusal = { code: 550, message: `refused hunter22 ${plain}` };
    const settings = { kind: 'email', host: '127.0.0.1', port: mailbox.port, security: 'none', user: 'vigia' };
    const people = { from: 'vigia@example.org', to: ['ana@example.org'] };
    const email = notifierFor({ ...settings, ...people, password: 'hunter22' });
    await expect(email.test?.()).rejects.toThrow(/^answered 550 refused … …$/);
  });
});

describe('W18 targets', () => {
  test.each([
    ['169.254.169.254', 80],
    ['[fe80::1]', 80],
    ['[fd00:ec2::254]', 80],
    ['[::ffff:169.254.169.254]', 80],
    ['0.0.0.0', 80],
    ['[64:ff9b::a9fe:a9fe]', 80],
    ['[64:ff9b::127.0.0.1]', OWN_PORT],
    ['127.0.0.1', OWN_PORT],
    ['[::1]', OWN_PORT],
    ['localhost', OWN_PORT],
  ])('%s at port %i is refused', async (host, port) => {
    await expect(createGuard(() => OWN_PORT)(host, port)).rejects.toBeInstanceOf(RefusedError);
  });

  test('another program on this machine is not, and a name that does not exist may exist later', async () => {
    const guard = createGuard(() => OWN_PORT);
    await guard('127.0.0.1', 25);
    const error = await guard('nobody.invalid', 80).catch((it) => it);
    expect(error.message).toMatch(/^no answer: E/);
    expect(error).not.toBeInstanceOf(RefusedError);
  });

  test('a message goes to the address that was checked, not to what the name leads to a moment later', async () => {
    const [phone, mailbox] = await Promise.all([startPhone(), startMailbox()]);
    const checked = async () => [{ address: '127.0.0.1', family: 4 }];
    const notifierOf = (settings: object) =>
      channelNotifiers(checked)('ch-1', NewChannel.parse({ name: 'On call', ...settings }));
    await notifierOf({ kind: 'slack', url: `http://nobody.invalid:${phone.port}/x` }).test?.();
    const sender = createEventSender({ wall: () => 0 }, undefined, checked);
    await sender({ url: `http://nobody.invalid:${phone.port}/events`, secrets: [] }, { id: 'm1', body: '{}' });
    expect(phone.calls.map(({ path, headers }) => `${headers.host} ${path}`)).toEqual([
      `nobody.invalid:${phone.port} /x`,
      `nobody.invalid:${phone.port} /events`,
    ]);
    const people = { from: 'vigia@example.org', to: ['ana@example.org'] };
    const settings = { kind: 'email', host: 'nobody.invalid', port: mailbox.port, security: 'none' };
    await notifierOf({ ...settings, ...people }).test?.();
    expect(mailbox.mails).toHaveLength(1);
  });

  test('a channel does not get there', async () => {
    const slack = notifierFor({ kind: 'slack', url: 'http://169.254.169.254/latest' });
    await expect(slack.send([open('a')])).rejects.toThrow('nothing is sent to link-local addresses');
    const email = notifierFor({
      kind: 'email',
      host: 'localhost',
      port: OWN_PORT,
      from: 'vigia@example.org',
      to: ['ana@example.org'],
    });
    await expect(email.send([open('a')])).rejects.toThrow('nothing is sent to this server itself');
  });
});
