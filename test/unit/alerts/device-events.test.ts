import { expect, test } from 'vitest';
import { time } from '../../../src/fleet/document.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';
import { MINUTE, openAlerts } from '../../support/alerts-harness.ts';

test('W11 a screen that returns for 10 s every 4 min is unstable; after two steady hours it is not', async () => {
  const { clock, told, heard, online, lose } = await openAlerts();
  online('a');
  for (let i = 0; i < 8; i++) {
    lose('a');
    await clock.advance(230_000);
    online('a');
    await clock.advance(10_000);
  }
  expect(told).toEqual(['open device_unstable a']);
  expect(heard[0]?.details).toMatchObject({ losses: 6 });
  expect(heard[0]?.summary).toMatch(/^a was lost 6 times within an hour, and was connected for \d+ % of it$/);
  await clock.advance(2 * 60 * MINUTE);
  expect(told).toEqual(['open device_unstable a', 'resolved device_unstable a']);
});

test('W11 disconnects caused by the server are no losses of the device', async () => {
  const { clock, told, online, connection } = await openAlerts();
  online('a');
  for (let i = 0; i < 10; i++) {
    connection('a', { status: 'offline', reason: i % 2 ? 'session_replaced' : 'restricted' });
    await clock.advance(MINUTE);
    online('a');
    await clock.advance(MINUTE);
  }
  expect(told).toEqual([]);
});

test('P13 a restricted device raises an alert at once, with the evidence, which ends five minutes after the last pause', async () => {
  const { clock, told, heard, online, connection, evidence } = await openAlerts();
  online('a');
  evidence.set('a', '15 registrations in 60 s');
  for (let i = 0; i < 5; i++) {
    const since = time(clock.now());
    connection('a', { restricted: { since, until: time(clock.now() + 6000), why: 'flapping' } });
    await clock.advance(6000);
    connection('a', { restricted: undefined as never });
    await clock.advance(20_000);
  }
  expect(told).toEqual(['open device_restricted a']);
  expect(heard[0]).toMatchObject({
    summary: 'a is restricted (flapping): 15 registrations in 60 s',
    details: { reason: 'flapping', evidence: '15 registrations in 60 s' },
  });
  await clock.advance(6 * MINUTE);
  expect(told.at(-1)).toBe('resolved device_restricted a');
});

test('L9 new devices that are refused raise an alert', async () => {
  const { clock, told, faults } = await openAlerts();
  faults.fleet_full = true;
  await clock.advance(MINUTE);
  expect(told).toEqual(['open fleet_full n1']);
});

test('P13 urgent conditions are told within a second, however often that is requested', async () => {
  const it = await openAlerts();
  it.online('a');
  await it.clock.advance(6000);
  const since = time(it.clock.wall());
  it.connection('a', { restricted: { since, until: time(it.clock.wall() + 6000), why: 'flooding' } });
  for (let n = 0; n < 100; n++) it.alerts.urgent(it.get('a') as DeviceDocument);
  const { looks } = it;
  await it.clock.advance(1000);
  expect(it.told).toEqual(['open device_restricted a']);
  expect(it.looks - looks).toBeLessThan(10);
});

test('P8 a conflict that is over at once was an alert all the same', async () => {
  const it = await openAlerts();
  it.online('a');
  await it.clock.advance(6000);
  it.connection('a', { conflict: { since: time(it.clock.wall()), places: ['10.0.0.1', '10.0.0.2'] } });
  it.alerts.urgent(it.get('a') as DeviceDocument);
  expect(it.alerts.open.device_conflict).toBe(1);
  it.online('a');
  it.connection('a', { conflict: undefined as never });
  await it.clock.advance(1000);
  expect(it.told).toEqual(['open device_conflict a']);
  await it.clock.advance(11 * MINUTE);
  expect(it.told.slice(1)).toEqual(['resolved device_conflict a']);
});
