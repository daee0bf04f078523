import { describe, expect, test } from 'vitest';
import type { ChannelSettings } from '../../../src/protocol/channels.ts';
import { MINUTE, openAlerts } from '../../support/alerts-harness.ts';

type Harness = Awaited<ReturnType<typeof openAlerts>>;

const chat = (more: object = {}) =>
  ({ kind: 'slack', name: 'chat', enabled: true, url: 'https://chat.example.org/x', ...more }) as ChannelSettings;
const mail = {
  kind: 'email',
  name: 'mail',
  enabled: true,
  host: 'smtp.example.org',
  port: 587,
  security: 'starttls',
  user: 'vigia',
  password: 'hunter22',
  from: 'vigia@example.org',
  to: ['ana@example.org'],
} as const satisfies ChannelSettings;

async function goDark(harness: Harness, id: string, group: string): Promise<void> {
  harness.online(id, group);
  harness.onAir(id, 'no');
  await harness.clock.advance(6 * MINUTE);
}

const toChat = ({ told }: Harness) => told.filter((it) => it.startsWith('chat: '));

describe('W16 channels', () => {
  test('get the alerts of their groups from then on, and the ends of those; over a restart, too', async () => {
    const harness = await openAlerts();
    await goDark(harness, 'before', 'hall');
    await harness.alerts.channels.create(chat({ groups: ['hall'] }));
    await harness.restart();
    await goDark(harness, 'a', 'hall');
    await goDark(harness, 'b', 'lobby');
    expect(toChat(harness)).toEqual(['chat: open device_not_on_air a']);
    for (const id of ['before', 'a', 'b']) harness.onAir(id, 'yes');
    await harness.clock.advance(2 * MINUTE);
    expect(toChat(harness)).toEqual(['chat: open device_not_on_air a', 'chat: resolved device_not_on_air a']);
    expect(harness.told).toContain('open device_not_on_air b');
  });

  test('a disabled one gets nothing, and later nothing of what it missed; what is removed is not waited for', async () => {
    const harness = await openAlerts();
    const { id } = await harness.alerts.channels.create(chat());
    await goDark(harness, 'a', 'hall');
    await harness.alerts.channels.edit(id, { enabled: false });
    await goDark(harness, 'b', 'hall');
    await harness.alerts.channels.edit(id, { enabled: true });
    await goDark(harness, 'c', 'hall');
    expect(toChat(harness)).toEqual(['chat: open device_not_on_air a', 'chat: open device_not_on_air c']);
    expect(await harness.alerts.channels.remove(id)).toBe(true);
    for (const device of ['a', 'b', 'c']) harness.onAir(device, 'yes');
    await harness.clock.advance(2 * MINUTE);
    expect(toChat(harness)).toHaveLength(2);
    expect(harness.alerts.channels.get(id)).toBeUndefined();
    expect(await harness.alerts.channels.remove(id)).toBe(false);
  });

  test('what waits for a failing channel is not sent if it was muted or the groups changed meanwhile', async () => {
    const harness = await openAlerts();
    const { clock, failing, alerts } = harness;
    const { id } = await alerts.channels.create(chat({ groups: ['hall'] }));
    failing.add('chat');
    await goDark(harness, 'a', 'hall');
    const { alerts: open } = alerts.desk.follow({ id: 'x', sees: () => true, backlog: () => 0, send: () => {} });
    await alerts.desk.act(open[0]?.id ?? '', 'mute', { forMs: 60 * MINUTE }, 'ana');
    failing.clear();
    await clock.advance(5 * MINUTE);
    expect(toChat(harness)).toEqual([]);
    await alerts.desk.act(open[0]?.id ?? '', 'unmute', {}, 'ana');
    await clock.advance(MINUTE);
    expect(toChat(harness)).toEqual(['chat: open device_not_on_air a']);

    failing.add('chat');
    await goDark(harness, 'b', 'hall');
    await alerts.channels.edit(id, { groups: ['lobby'] });
    failing.clear();
    await goDark(harness, 'c', 'lobby');
    expect(toChat(harness).slice(1)).toEqual(['chat: open device_not_on_air c']);
  });

  test('many alerts that end at once do not set up the channels again for each', async () => {
    const harness = await openAlerts();
    await harness.alerts.channels.create(chat({ groups: ['lobby'] }));
    for (let i = 0; i < 100; i++) {
      harness.online(`d${i}`, 'hall');
      harness.onAir(`d${i}`, 'no');
    }
    await harness.clock.advance(6 * MINUTE);
    for (let i = 0; i < 100; i++) harness.onAir(`d${i}`, 'yes');
    await harness.clock.advance(2 * MINUTE);
    expect(harness.told).toHaveLength(200);
    expect(harness.built).toBeLessThan(5);
  });

  test('those of the environment are shown as set there, and cannot be changed', async () => {
    const harness = await openAlerts();
    await harness.alerts.channels.create(chat());
    expect(harness.alerts.channels.list()).toMatchObject([
      { id: 'webhook', name: 'ALERT_WEBHOOK_URL', variable: 'ALERT_WEBHOOK_URL', target: 'example.org' },
      { kind: 'slack', name: 'chat', target: 'chat.example.org', secrets: ['url'] },
    ]);
    await expect(harness.alerts.channels.edit('webhook', { enabled: false })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(harness.alerts.channels.remove('webhook')).rejects.toMatchObject({ code: 'conflict' });
    await expect(harness.alerts.channels.test('webhook')).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('W17 secrets', () => {
  test('are not shown, and do not move to another server by an edit of the address', async () => {
    const harness = await openAlerts();
    const { channels } = harness.alerts;
    const made = await channels.create(mail);
    expect(JSON.stringify([made, channels.list()])).not.toContain('hunter22');
    expect(made).toMatchObject({ secrets: ['password'], user: 'vigia', target: 'ana@example.org' });
    expect(await channels.edit(made.id, { name: 'post', to: ['luis@example.org'] })).toMatchObject({ name: 'post' });
    for (const edit of [{ host: 'evil.example.org' }, { security: 'none' }, { user: null }] as const) {
      await expect(channels.edit(made.id, edit)).rejects.toMatchObject({ details: [{ path: 'password' }] });
    }
    expect(await channels.edit(made.id, { host: 'other.example.org', password: null })).toMatchObject({ secrets: [] });
    expect(await channels.edit(made.id, { host: 'smtp.example.org', password: 'x' })).toMatchObject({
      secrets: ['password'],
    });
    await expect(channels.edit(made.id, { url: 'https://x' })).rejects.toMatchObject({ code: 'invalid_payload' });
    await expect(channels.edit(made.id, { to: ['nobody'] })).rejects.toMatchObject({ details: [{ path: 'to.0' }] });
  });

  test('at most 50 channels', async () => {
    const { alerts } = await openAlerts();
    for (let i = 0; i < 50; i++) await alerts.channels.create(chat());
    await expect(alerts.channels.create(chat())).rejects.toMatchObject({ code: 'conflict' });
  });
});
