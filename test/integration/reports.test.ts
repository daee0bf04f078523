import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startScreen } from '../support/clients.ts';
import { image } from '../support/images.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startMailbox } from '../support/phone.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The server's wall clock starts at WALL, for each process. */
const WALL = `const now = Date.now;
  const offset = Date.parse(process.env.WALL) - now();
  Date.now = () => now() + offset;`;
const SOON = { timeout: PATIENCE_MS, interval: 100 };

test('T10–T12 the report of a month by REST and, once, by mail', async () => {
  const mailbox = await startMailbox('hunter22hunter');
  const logo = join(await temporaryDirectory(), 'logo.png');
  await writeFile(logo, await image('png'));
  const march = await startServer(
    { WALL: '2026-03-29T10:00:00Z', COMPANY_NAME: 'Panadería', COMPANY_LOGO_FILE: logo },
    ['--import', `data:text/javascript,${encodeURIComponent(WALL)}`],
  );
  const screen = await startScreen(march, 'entrance', { query: { deviceId: 'entrance', deviceName: 'Entrance' } });
  screen.state = 'playing';
  screen.report();
  await expect.poll(async () => (await march.call('/stats')).body.total.onAir.yesMs, SOON).toBeGreaterThan(0);
  const channel = {
    ...{ kind: 'email', name: 'Manager', host: '127.0.0.1', port: mailbox.port, security: 'none' },
    ...{ user: 'vigia', password: 'hunter22hunter', from: 'vigia@example.org', to: ['ana@example.org'] },
    ...{ alerts: false, monthlyReport: { timeZone: 'Europe/Madrid', language: 'es-AR' } },
  };
  const created = await march.call('/channels', channel);
  expect(created.body).toMatchObject({
    alerts: false,
    monthlyReport: { timeZone: 'Europe/Madrid', language: 'es-AR' },
  });
  await march.stop();

  // The server sends what is due soon after its start.
  const april = await march.restart({ WALL: '2026-04-01T04:00:30Z' });
  await expect.poll(() => mailbox.mails.length, SOON).toBe(1);
  const text = mailbox.mails[0]?.text ?? '';
  expect(text).toMatch(/Message-ID: <report-2026-03\./i);
  expect(text).toContain('filename=2026-03.csv');
  await april.logged(({ msg }) => msg === 'monthly report sent');
  const report = (await april.call('/reports/monthly?timeZone=Europe/Madrid')).body;
  expect(report).toMatchObject({
    ...{ month: '2026-03', complete: true, company: { name: 'Panadería', logo: '/api/v1/reports/logo' } },
    devices: [{ deviceId: 'entrance', name: 'Entrance' }],
  });
  expect(report.days.map(({ day }: { day: string }) => day)).toContain('2026-03-29');
  const shown = await april.fetch('/api/v1/reports/logo', { token: april.adminToken });
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
  await april.stop();

  // The next one is that of April: that of March is not repeated.
  await april.restart({ WALL: '2026-05-01T04:00:30Z' });
  await expect.poll(() => mailbox.mails.length, SOON).toBe(2);
  expect(mailbox.mails[1]?.text).toMatch(/Message-ID: <report-2026-04\./i);
});
