import { expect, test } from 'vitest';
import type { EmailSettings, Mail } from '../../../src/ports/mail.ts';
import { reportCsv } from '../../../src/reports/csv.ts';
import { ReportMailer } from '../../../src/reports/mailer.ts';
import { openAlerts } from '../../support/alerts-harness.ts';
import { opened, reportWorld } from '../../support/report-world.ts';

const MINUTE = 60_000;
const manager = (more: Partial<EmailSettings> = {}): EmailSettings => ({
  ...{ kind: 'email', name: 'Manager', enabled: true, host: 'smtp.example.org', port: 25, security: 'none' },
  ...{ from: 'vigia@example.org', to: ['ana@example.org'] },
  monthlyReport: { timeZone: 'Europe/Madrid', language: 'es-AR' },
  ...more,
});

/** At 05:00 of the first day of April in Madrid. */
async function openMailer() {
  const harness = await openAlerts(Date.parse('2026-04-01T03:00:00Z'));
  const devices = [
    { id: 'd1', name: 'Entrada <b>', group: 'hall' },
    { id: 'd2', name: null, group: 'lobby' },
  ];
  const alerts = ['hall', 'lobby'].map((group) => opened('device_offline', group, '2026-03-02T00:00:00Z', { group }));
  const playback = [{ item: '/media/oferta.mp4', playlist: 'Ofertas', ms: 5_400_000 }];
  const { reports, asked } = reportWorld({ now: '2026-04-02T00:00:00Z', devices, alerts, playback });
  const mails: Mail[] = [];
  const its = { answers: true, leads: true };
  const logo = { type: 'image/png', bytes: Buffer.from('logo') };
  const start = () => {
    const mailer = new ReportMailer({
      ...{ readers: harness.alerts.channels, reports, company: { name: 'Café & Co', logo }, clock: harness.clock },
      send: async (_, mail) => {
        mails.push(mail);
        if (!its.answers) throw new Error('no answer');
        return 'answered 250';
      },
      isLeader: () => its.leads,
      log: { info: () => {}, warn: () => {} },
    });
    mailer.start();
    return mailer;
  };
  return { ...harness, channels: harness.alerts.channels, start, mails, its, asked };
}

test('T12 the report is mailed at 06:00 of the time zone, once, also across a restart', async () => {
  const { channels, clock, start, mails } = await openMailer();
  await channels.create(manager());
  const mailer = start();
  await clock.advance(58 * MINUTE);
  expect(mails).toEqual([]);
  await clock.advance(4 * MINUTE);
  expect(mails.map(({ messageId }) => messageId)).toEqual([
    expect.stringMatching(/^<report-2026-03\.ch-[0-9a-f]+@example\.org>$/),
  ]);
  await mailer.stop();
  start();
  await clock.advance(60 * MINUTE);
  expect(mails).toHaveLength(1);
});

test('T12 a failed mail is tried again every half an hour, as the same mail; a sending that was cut off, too', async () => {
  const { channels, clock, start, mails, its } = await openMailer();
  const { id } = await channels.create(manager());
  its.answers = false;
  const mailer = start();
  await clock.advance(62 * MINUTE);
  await clock.advance(60 * MINUTE);
  expect(mails).toHaveLength(3);
  await mailer.stop();
  its.answers = true;
  start();
  await clock.advance(60 * MINUTE);
  expect(mails).toHaveLength(4);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  expect(await channels.claimReport(id, '2026-03', MINUTE)).toBe(false);
});

test('T12 nothing is sent a week later, by other instances, to disabled channels, or of a time before the channel', async () => {
  const { channels, clock, start, mails, its } = await openMailer();
  await channels.create(manager({ enabled: false }));
  await channels.create(manager({ monthlyReport: undefined }));
  const { id } = await channels.create(manager());
  its.leads = false;
  start();
  await clock.advance(90 * MINUTE);
  its.leads = true;
  clock.step(7 * 86_400_000);
  await clock.advance(5 * MINUTE);
  clock.step(-7 * 86_400_000);
  // Begins again, after it was due.
  await channels.edit(id, { monthlyReport: null });
  await channels.edit(id, { monthlyReport: { timeZone: 'Europe/Madrid', language: 'en' } });
  await clock.advance(5 * MINUTE);
  expect(mails).toEqual([]);
});

test('T12 the mail is in the language of the channel, about its groups, with logo and file; names are no markup', async () => {
  const { channels, clock, start, mails, asked } = await openMailer();
  await channels.create(manager({ groups: ['hall'] }));
  start();
  await clock.advance(62 * MINUTE);
  const [{ subject, text, html, attachments }] = mails as [Mail];
  expect(asked[0]?.groups).toEqual(['hall']);
  expect(subject).toBe('Café & Co: Informe mensual, marzo de 2026');
  expect(text).toContain('Del 1 de marzo de 2026 al 31 de marzo de 2026, Europe/Madrid\n');
  expect(text).toContain('Incidentes: 1 (1 crítico)');
  expect(text).toContain('oferta.mp4 · Ofertas · 1,5\n');
  expect(html).toContain('<html lang="es-AR">');
  expect(html).toContain('Café &amp; Co');
  expect(html).toContain('Entrada &lt;b&gt;');
  expect(html).toContain(`<img src="cid:${attachments?.[1]?.cid}"`);
  expect(attachments).toMatchObject([{ filename: '2026-03.csv' }, { filename: 'logo.png', contentType: 'image/png' }]);
});

test('T11 hours and percentages instead of milliseconds, with the decimals and the separator of the language', async () => {
  const devices = [
    { id: 'd10', name: 'Screen 10', group: 'hall' },
    { id: 'd9', name: 'Screen 9', group: 'hall' },
    { id: 'd1', name: '=1+1', group: null },
  ];
  const playback = [
    { item: '/media/a,b.mp4', playlist: 'Offers', ms: 5_400_000 },
    { item: null, playlist: null, ms: 1_800_000 },
  ];
  const { reports } = reportWorld({ now: '2026-04-02T00:00:00Z', devices, playback });
  const whole = await reports.whole({ month: '2026-03', timeZone: 'UTC', sees: () => true });
  expect(reportCsv(whole, 'devices', 'es-AR').split('\r\n')).toEqual([
    '\ufeffGrupo;Pantalla;Id;Disponible;En el aire;En el aire (h);Fuera del aire (h);Sin datos (h);Pérdidas de conexión;Incidentes',
    ";'=1+1;d1;100%;55,6%;1,25;1;0;2;0",
    'hall;Screen 9;d9;100%;55,6%;1,25;1;0;2;0',
    'hall;Screen 10;d10;100%;55,6%;1,25;1;0;2;0',
    '',
  ]);
  expect(reportCsv(whole, 'playback', 'en').split('\r\n')).toEqual([
    '\ufeffItem,Id,Playlist,Played for (h),Share',
    '"a,b.mp4","/media/a,b.mp4",Offers,1.5,75%',
    'not reported,,,0.5,25%',
    '',
  ]);
});
