import { expect, test, vi } from 'vitest';
import { startAlertmanager } from '../support/alertmanager.ts';
import { playerOfFirstGeneration, register } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server.ts';

/** The server evaluates every five seconds. */
const SOON = { timeout: PATIENCE_MS, interval: 100 };

test('W7 a lost device and its recovery each arrive once in a real Alertmanager and at a webhook, over a restart', async () => {
  const alertmanager = await startAlertmanager();
  const receiver = await startReceiver();
  receiver.next = [503];
  const env = { ALERTMANAGER_URL: alertmanager.url, ALERT_WEBHOOK_URL: receiver.url };
  const server = await startServer(env);
  const policy = { offlineAfterMs: 1000, recoverAfterMs: 1000 };
  const put = (path: string, body: object) =>
    server.call(path, undefined, { method: 'PUT', body: JSON.stringify(body) });
  expect(await put('/policies/groups/lobby', policy)).toEqual({ status: 200, body: policy });

  const player = playerOfFirstGeneration(server, 'a');
  await register(player, 'a');
  player.disconnect();

  await vi.waitFor(async () => {
    const [alert] = await alertmanager.alerts();
    expect(alert?.labels).toEqual({
      alertname: 'VigiaDeviceOffline',
      severity: 'critical',
      device: 'a',
      group: 'lobby',
    });
    expect(alert?.annotations.runbook_url).toBe('docs/runbooks/DeviceOffline.md');
    expect(alert?.annotations.summary).toMatch(/^Screen a \(a\) is not connected, since /);
  }, SOON);
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), SOON);
  expect(receiver.came).toHaveLength(2);
  expect(receiver.taken[0]).toMatchObject({
    text: expect.stringMatching(/^FIRING device_offline: Screen a \(a\) is not connected/),
    alerts: [{ alert: 'device_offline', about: 'a', state: 'open', severity: 'critical' }],
  });
  const { body } = await server.call('/alerts');
  expect(body.alerts).toMatchObject([{ alert: 'device_offline', about: 'a', state: 'open' }]);
  expect(await (await server.fetch('/metrics')).text()).toContain('vigia_alerts_open{alert="device_offline"} 1');

  await server.stop();
  const next = await server.restart();
  const again = playerOfFirstGeneration(next, 'a');
  await register(again, 'a');
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(2), SOON);
  await vi.waitFor(async () => expect(await alertmanager.alerts()).toEqual([]), SOON);
  expect(receiver.taken[1]?.alerts).toMatchObject([
    { id: receiver.taken[0]?.alerts[0]?.id, state: 'resolved', resolution: 'it is connected again' },
  ]);
  expect((await next.call('/alerts')).body).toEqual({ alerts: [] });
  expect((await next.call('/alerts?state=all')).body.alerts).toMatchObject([{ about: 'a', state: 'resolved' }]);
  expect((await next.call('/alerts?state=all&about=a')).body.alerts).toHaveLength(1);
  expect((await next.call('/alerts?state=all&about=b')).body.alerts).toEqual([]);
  expect(receiver.came).toHaveLength(3);
});

test('W7 a receiver that hangs delays neither REST nor the stop; the next process delivers the alert', async () => {
  const receiver = await startReceiver();
  receiver.next = ['hang'];
  const server = await startServer({ ALERT_WEBHOOK_URL: receiver.url, DRAIN_MS: '8000' });
  const policy = { method: 'PUT', body: JSON.stringify({ offlineAfterMs: 0 }) };
  await server.call('/policies/default', undefined, policy);
  const player = playerOfFirstGeneration(server, 'a');
  await register(player, 'a');
  player.disconnect();
  await vi.waitFor(() => expect(receiver.came).toHaveLength(1), SOON);
  expect((await server.call('/alerts')).body.alerts).toMatchObject([{ about: 'a', state: 'open' }]);

  const asked = performance.now();
  expect(await server.stop()).toBe(0);
  // The hanging receiver has 10 s to answer.
  expect(performance.now() - asked).toBeLessThan(7000);
  expect(server.logs.map(({ msg }) => msg)).toContain('stopped');
  expect(receiver.taken).toEqual([]);

  await server.restart();
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), SOON);
  expect(receiver.taken[0]?.alerts).toMatchObject([
    { about: 'a', state: 'open', key: receiver.came[0]?.alerts[0]?.key },
  ]);
});
