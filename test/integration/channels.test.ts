import { expect, test } from 'vitest';
import { startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startMailbox, startPhone } from '../support/phone.ts';
import { startServer } from '../support/server.ts';

const SOON = { timeout: PATIENCE_MS, interval: 100 };

type Told = { name: string; state: string; attempts: number };

test('W16–W18, W20 channels by REST: tested, per group, over a restart; their secrets leave by nothing but the messages', async () => {
  const [phone, mailbox, hook] = await Promise.all([startPhone(), startMailbox('hunter22hunter'), startPhone()]);
  const server = await startServer({ ALERT_WEBHOOK_URL: `${hook.url}/services/T0PS3CRET`, LOG_LEVEL: 'debug' });
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await server.call('/policies/default', undefined, { method: 'PUT', body: JSON.stringify(soon) });
  const create = async (settings: object) => (await server.call('/channels', settings)).body;
  const mail = await create({
    kind: 'email',
    name: 'Mail',
    groups: ['hall'],
    host: '127.0.0.1',
    port: mailbox.port,
    security: 'none',
    user: 'vigia',
    password: 'hunter22hunter',
    from: 'vigia@example.org',
    to: ['ana@example.org'],
  });
  expect(mail).toMatchObject({ kind: 'email', secrets: ['password'], target: 'ana@example.org' });
  const chat = await create({ kind: 'slack', name: 'Chat', groups: ['lobby'], url: `${phone.url}/services/T0PS3CRET` });
  const itself = await create({ kind: 'webhook', name: 'Itself', url: `${server.url}/api/T0PS3CRET` });

  const attempt = async (id: string) => (await server.call(`/channels/${id}/test`, {})).body;
  expect(await attempt(mail.id)).toMatchObject({ delivered: true, answer: expect.stringMatching(/^answered 250/) });
  const body = '<pre>Cannot POST /services/T0PS3CRET</pre>';
  phone.next = [{ status: 404, body }];
  const refused = await attempt(chat.id);
  expect(refused).toMatchObject({ delivered: false, answer: 'answered 404' });
  expect(await attempt(itself.id)).toMatchObject({
    delivered: false,
    answer: 'nothing is sent to this server itself',
  });
  hook.next = [{ status: 200, body }];
  expect(await attempt('webhook')).toMatchObject({ delivered: true, answer: 'answered 200' });
  expect((await server.call('/channels/none/test', {})).status).toBe(404);
  expect((await server.call('/channels/webhook', undefined, { method: 'DELETE' })).status).toBe(409);
  expect((await server.call(`/channels/${itself.id}`, undefined, { method: 'DELETE' })).status).toBe(204);

  await server.stop();
  const again = await server.restart();
  const screen = await startScreen(server, 'dark', { query: { deviceId: 'dark', deviceGroup: 'hall' } });
  hook.next = [{ status: 503, body }];
  screen.state = 'stopped';
  screen.report();
  await expect.poll(() => mailbox.mails.length, SOON).toBe(2);
  expect(mailbox.mails[1]?.text).toContain('Subject: vigia: Critical: dark is not on air');
  await expect
    .poll(() => hook.calls.slice(1).map(({ body: { alerts } }) => alerts[0].about), SOON)
    .toEqual(['dark', 'dark']);
  screen.state = 'playing';
  screen.report();
  await expect.poll(() => mailbox.mails.at(-1)?.text, SOON).toContain('Resolved: dark: it is on air again');
  expect(mailbox.mails).toHaveLength(3);
  expect(phone.calls).toHaveLength(1);

  const { alerts } = (await server.call('/alerts?state=all&about=dark')).body;
  const told = async () => (await server.call(`/alerts/${alerts[0].id}`)).body.notifications;
  const delivered = { status: 'delivered', answer: expect.stringMatching(/^answered (200$|250)/) };
  await expect.poll(async () => (await told()).length, SOON).toBe(4);
  expect((await told()).map((it: Told) => `${it.name} ${it.state} ${it.attempts}`).sort()).toEqual([
    'ALERT_WEBHOOK_URL open 2',
    'ALERT_WEBHOOK_URL resolved 1',
    'Mail open 1',
    'Mail resolved 1',
  ]);
  for (const it of await told()) expect(it).toMatchObject(delivered);

  const shown = await Promise.all(
    ['/channels', `/channels/${mail.id}`, '/audit?limit=500'].map((it) => server.call(it)),
  );
  expect(shown[0]?.body.channels).toMatchObject([
    { id: 'webhook', variable: 'ALERT_WEBHOOK_URL', target: new URL(hook.url).host },
    { name: 'Mail' },
    { name: 'Chat', target: new URL(phone.url).host },
  ]);
  const said = JSON.stringify([refused, shown, server.logs, again.logs]);
  expect(said).toContain('channel.tested');
  expect(said).toContain('answered 503');
  expect(said).not.toMatch(/T0PS3CRET|hunter22hunter/);
});
