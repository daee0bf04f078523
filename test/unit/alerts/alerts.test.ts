import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { DesiredReason, DesiredStatus } from '../../../src/protocol/desired.ts';
import { MINUTE, openAlerts } from '../../support/alerts-harness.ts';

const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `d${from + i}`);

describe('W2 a condition that holds for long enough raises one alert, and its end is reported once', () => {
  test('a lost device', async () => {
    const { clock, told, online, lose } = await openAlerts();
    online('a');
    await clock.advance(10 * MINUTE);
    lose('a');
    await clock.advance(4.8 * MINUTE);
    expect(told).toEqual([]);
    await clock.advance(MINUTE / 2);
    expect(told).toEqual(['open device_offline a']);
    await clock.advance(600 * MINUTE);
    online('a');
    await clock.advance(MINUTE / 2);
    expect(told).toHaveLength(1);
    await clock.advance(MINUTE);
    await clock.advance(600 * MINUTE);
    expect(told).toEqual(['open device_offline a', 'resolved device_offline a']);
  });

  test('a flapping device is reported as unstable, not offline; while it is offline, a short return does not end the alert', async () => {
    const { clock, told, online, lose } = await openAlerts();
    for (let i = 0; i < 10; i++) {
      online('a');
      await clock.advance(MINUTE);
      lose('a');
      await clock.advance(4 * MINUTE);
    }
    expect(told).toEqual(['open device_unstable a']);
    await clock.advance(2 * MINUTE);
    for (let i = 0; i < 10; i++) {
      online('a');
      await clock.advance(MINUTE / 2);
      lose('a');
      await clock.advance(MINUTE);
    }
    expect(told).toEqual(['open device_unstable a', 'open device_offline a']);
  });

  test('not on air; the answer unknown neither begins nor ends the alert', async () => {
    const { clock, told, online, onAir } = await openAlerts();
    online('a');
    onAir('a', 'no');
    await clock.advance(4 * MINUTE);
    onAir('a', 'unknown');
    await clock.advance(MINUTE);
    onAir('a', 'no');
    await clock.advance(4 * MINUTE);
    expect(told).toEqual([]);
    await clock.advance(2 * MINUTE);
    expect(told).toEqual(['open device_not_on_air a']);
    onAir('a', 'unknown');
    await clock.advance(30 * MINUTE);
    expect(told).toHaveLength(1);
    onAir('a', 'yes');
    await clock.advance(2 * MINUTE);
    expect(told.slice(1)).toEqual(['resolved device_not_on_air a']);
  });

  test('a conflict raises an alert at once, which ends after ten quiet minutes', async () => {
    const { clock, told, online, connection } = await openAlerts();
    online('a');
    connection('a', { conflict: { since: 'x', places: ['1', '2'] } });
    await clock.advance(10_000);
    expect(told).toEqual(['open device_conflict a']);
    online('a');
    connection('a', { conflict: undefined as never });
    await clock.advance(9 * MINUTE);
    expect(told).toHaveLength(1);
    await clock.advance(2 * MINUTE);
    expect(told.slice(1)).toEqual(['resolved device_conflict a']);
  });

  test.each([
    ['clock_off', (n: number) => ({ clockSkewMs: -n * 1000 }), 130, 100, 10],
    ['disk_full', undefined, 96, 93, 80],
  ] as const)('%s: between its two limits nothing changes', async (alert, skew, high, middle, low) => {
    const { clock, told, online, set, connection } = await openAlerts();
    online('a');
    const say = (n: number) =>
      skew
        ? connection('a', skew(n))
        : set('a', { state: { storage: { totalSpace: 100, freeSpace: 100 - n, usedSpace: n } } });
    say(middle);
    await clock.advance(20 * MINUTE);
    expect(told).toEqual([]);
    say(high);
    await clock.advance(6 * MINUTE);
    expect(told).toEqual([`open device_${alert} a`]);
    say(middle);
    await clock.advance(20 * MINUTE);
    expect(told).toHaveLength(1);
    say(low);
    await clock.advance(2 * MINUTE);
    expect(told.slice(1)).toEqual([`resolved device_${alert} a`]);
  });

  test('disks by name in the older form; the fullest counts', async () => {
    const { clock, told, online, set } = await openAlerts();
    online('a');
    set('a', { state: { storage: { system: { total: 100, used: 10 }, media: { total: 100, free: 3 } } } });
    await clock.advance(6 * MINUTE);
    expect(told).toEqual(['open device_disk_full a']);
  });

  test('states that are refused for five minutes; while the device is away that is unknown', async () => {
    const { clock, told, heard, online, lose, set, refuse } = await openAlerts();
    for (const id of ['a', 'b']) online(id);
    refuse('a', 'payload_too_large');
    refuse('b', 'invalid_payload');
    await clock.advance(4.8 * MINUTE);
    refuse('b', undefined);
    expect(told).toEqual([]);
    await clock.advance(MINUTE / 2);
    expect(told).toEqual(['open device_state_refused a']);
    expect(heard[0]).toMatchObject({
      summary:
        'the states of a are refused with payload_too_large: The message or the state exceeds its size limit. ' +
        'Raise MAX_STATE_BYTES, or have the player send less.',
      details: { code: 'payload_too_large' },
    });
    lose('a');
    set('a', { report: { ...newDocument('a', clock.now(), 30_000).report } });
    await clock.advance(4 * MINUTE);
    expect(told).toHaveLength(1);
    online('a');
    await clock.advance(2 * MINUTE);
    expect(told.slice(1)).toEqual(['resolved device_state_refused a']);
  });

  test('G3 a desired state that is not reached raises an alert at once, with the attempts; while it is tried again the condition is unknown', async () => {
    const { clock, told, heard, online, set } = await openAlerts();
    online('a');
    const at = '2026-07-25T10:00:00.000Z';
    const desired = { playback: 'playing', setAt: at, setBy: 'ana', source: 'all', since: at } as const;
    const tried = [{ intent: 'play', times: 6, lastAt: at, ending: 'timeout' }] as const;
    const become = async (status: DesiredStatus, why: DesiredReason) => {
      set('a', { desired: { ...desired, status, why, tried: [...tried] } });
      await clock.advance(3 * MINUTE);
    };
    await become('converging', 'command sent');
    expect(told).toEqual([]);
    await become('failing', 'gave up');
    expect(told).toEqual(['open device_not_as_desired a']);
    expect(heard[0]).toMatchObject({
      summary: `a is wanted playing, and is not, since ${at}; tried: play 6 times: no answer`,
      details: {
        desired: 'playing',
        tried: ['play 6 times: no answer'],
        attempts: [{ intent: 'play', times: 6, ending: 'timeout' }],
      },
    });
    await become('converging', 'command sent');
    expect(told).toHaveLength(1);
    await become('converged', 'as wanted');
    expect(told.slice(1)).toEqual(['resolved device_not_as_desired a']);
  });

  test('an actor that is given up, and the server itself', async () => {
    const { clock, told, online, faults, alerts } = await openAlerts();
    online('a');
    alerts.actorGaveUp('a');
    faults.server_database_lost = true;
    await clock.advance(20_000);
    expect(told).toEqual(['open device_actor_failed a']);
    await clock.advance(20_000);
    expect(told.slice(1)).toEqual(['open server_database_lost n1']);
    faults.server_database_lost = false;
    await clock.advance(11 * MINUTE);
    expect(told.slice(2)).toEqual(['resolved server_database_lost n1', 'resolved device_actor_failed a']);
  });
});

test('W3 a device that never connected is not missed; a removed one is no longer missed', async () => {
  const { clock, told, online, lose, remove, set } = await openAlerts();
  set('new', {});
  online('a');
  await clock.advance(MINUTE);
  lose('a');
  await clock.advance(30 * MINUTE);
  expect(told).toEqual(['open device_offline a']);
  remove('a');
  await clock.advance(MINUTE);
  expect(told.slice(1)).toEqual(['resolved device_offline a']);
});

describe('W4 a restart', () => {
  test('raises no alert for devices that return, whatever the policy', async () => {
    const it = await openAlerts();
    await it.alerts.policies.set('default', { offlineAfterMs: 0, notOnAirAfterMs: 0 });
    for (const id of names(1, 20)) it.online(id, 'lobby');
    await it.clock.advance(MINUTE);
    for (const id of names(1, 20)) it.connection(id, { status: 'reconnecting', reason: 'server_restart' });
    await it.restart();
    await it.clock.advance(10_000);
    // The first reports have no playback yet.
    it.online('d1', 'lobby');
    it.onAir('d1', 'no');
    await it.clock.advance(40_000);
    for (const id of names(1, 20)) it.online(id, 'lobby');
    it.onAir('d1', 'yes');
    await it.clock.advance(30 * MINUTE);
    expect(it.told).toEqual([]);
  });

  test('hides neither a device over its budget nor two machines with one id: they are not caused by it', async () => {
    const it = await openAlerts();
    await it.restart();
    it.online('a');
    const at = new Date(it.clock.now()).toISOString();
    it.connection('a', { restricted: { since: at, until: at, why: 'flapping' } });
    it.online('b');
    it.connection('b', { conflict: { since: at, places: ['10.0.0.1', '10.0.0.2'] } });
    await it.clock.advance(5000);
    expect(it.told.sort()).toEqual(['open device_conflict b', 'open device_restricted a']);
  });

  test('repeats no alert, and reports the end of those that were open before', async () => {
    const it = await openAlerts();
    it.online('a');
    it.online('b');
    await it.clock.advance(MINUTE);
    it.lose('a');
    it.lose('b');
    await it.clock.advance(6 * MINUTE);
    expect(it.told.sort()).toEqual(['open device_offline a', 'open device_offline b']);
    await it.restart();
    await it.clock.advance(30 * MINUTE);
    expect(it.told).toHaveLength(2);
    await it.restart();
    it.online('a');
    await it.clock.advance(5 * MINUTE);
    await it.restart();
    await it.clock.advance(5 * MINUTE);
    expect(it.told.slice(2)).toEqual(['resolved device_offline a']);
  });
});

describe('W5 a site incident replaces its single alerts', () => {
  test('of a group: one alert for all; late losses join it; its end names those still lost, which then get their own alerts', async () => {
    const it = await openAlerts();
    for (const id of names(1, 10)) it.online(id, 'lobby');
    it.online('elsewhere', 'roof');
    await it.clock.advance(10 * MINUTE);
    for (const id of names(1, 6)) it.lose(id);
    await it.clock.advance(MINUTE);
    it.lose('d7');
    it.lose('elsewhere');
    await it.clock.advance(10 * MINUTE);
    expect(it.told.sort()).toEqual(['open device_offline elsewhere', 'open site_incident group lobby']);
    for (const id of names(1, 5)) it.online(id, 'lobby');
    await it.clock.advance(2 * MINUTE);
    expect(it.told.slice(2).sort()).toEqual([
      'open device_offline d6',
      'open device_offline d7',
      'resolved site_incident group lobby',
    ]);
    it.online('d6', 'lobby');
    await it.clock.advance(10 * MINUTE);
    expect(it.told.slice(5)).toEqual(['resolved device_offline d6']);
  });

  test('of an address: when all are back that is reported once, and individually for none of them', async () => {
    const it = await openAlerts();
    for (const id of names(1, 40)) it.online(id, 'lobby', id > 'd3' ? `10.0.0.${id}` : '10.0.0.1');
    const site = names(1, 40).filter((id) => id <= 'd3');
    await it.clock.advance(MINUTE);
    for (const id of site) it.lose(id);
    await it.clock.advance(7 * MINUTE);
    expect(it.told).toEqual(['open site_incident address 10.0.0.1']);
    for (const id of site) it.online(id, 'lobby', '10.0.0.1');
    await it.clock.advance(20 * MINUTE);
    expect(it.told.slice(1)).toEqual(['resolved site_incident address 10.0.0.1']);
  });

  test('a few of many, or one after the other, are single alerts', async () => {
    const it = await openAlerts();
    for (const id of names(1, 9)) it.online(id, 'lobby');
    await it.clock.advance(MINUTE);
    for (const id of names(1, 4)) it.lose(id);
    await it.clock.advance(7 * MINUTE);
    expect(it.told.sort()).toEqual(names(1, 4).map((id) => `open device_offline ${id}`));
    for (const id of names(5, 9)) {
      it.lose(id);
      await it.clock.advance(10 * MINUTE);
    }
    expect(it.told.slice(4)).toEqual(names(5, 9).map((id) => `open device_offline ${id}`));
  });

  test('it survives a restart', async () => {
    const it = await openAlerts();
    for (const id of names(1, 4)) it.online(id, 'lobby');
    await it.clock.advance(MINUTE);
    for (const id of names(1, 4)) it.lose(id);
    await it.clock.advance(7 * MINUTE);
    await it.restart();
    await it.clock.advance(30 * MINUTE);
    expect(it.told).toEqual(['open site_incident group lobby']);
  });
});

describe('W10 players that gave up while the server was away', () => {
  const stopped = { status: 'reconnecting', reason: 'server_shutdown' } as const;

  /** A fleet of one group, of which these devices do not return after a restart. */
  async function restartWithout(missing: readonly string[]) {
    const it = await openAlerts();
    const ids = names(1, 10);
    for (const id of ids) it.online(id, 'lobby');
    await it.clock.advance(MINUTE);
    for (const id of ids) it.connection(id, stopped);
    await it.restart();
    for (const id of ids) {
      if (missing.includes(id)) it.connection(id, { status: 'offline' });
      else it.online(id, 'lobby');
    }
    return it;
  }

  test('one alert for all of them, not before they give up, with the list and the remedy; it ends with the last one', async () => {
    const it = await restartWithout(names(1, 6));
    await it.clock.advance(105_000);
    expect(it.told).toEqual([]);
    await it.clock.advance(10_000);
    expect(it.told).toEqual(['open fleet_not_returned fleet']);
    expect(it.heard[0]?.devices).toEqual(names(1, 6));
    expect(it.heard[0]?.summary).toMatch(/^6 devices did not return .* restart them on site$/);
    for (const id of names(1, 5)) it.online(id, 'lobby');
    await it.clock.advance(60 * MINUTE);
    expect(it.told, 'none of the others is told of by itself').toHaveLength(1);
    it.online('d6', 'lobby');
    await it.clock.advance(10 * MINUTE);
    expect(it.told.slice(1)).toEqual(['resolved fleet_not_returned fleet']);
    expect(it.heard[1]).toMatchObject({ devices: [], ending: 'over', resolution: 'all are back' });
  });

  test('those that return in time, however late, are not reported', async () => {
    const it = await restartWithout(names(1, 6));
    await it.clock.advance(100_000);
    for (const id of names(1, 6)) it.online(id, 'lobby');
    await it.clock.advance(60 * MINUTE);
    expect(it.told).toEqual([]);
  });

  test('listed devices stay listed over another restart, those lost by it are added later; removed ones are not missed', async () => {
    const it = await restartWithout(['d1', 'd2']);
    await it.clock.advance(2 * MINUTE);
    for (const id of names(3, 10)) it.connection(id, stopped);
    await it.restart();
    for (const id of names(4, 10)) it.online(id, 'lobby');
    await it.clock.advance(MINUTE);
    expect(await it.devicesOf('fleet_not_returned')).toEqual(['d1', 'd2']);
    await it.clock.advance(MINUTE);
    expect(await it.devicesOf('fleet_not_returned')).toEqual(['d1', 'd2', 'd3']);
    for (const id of names(1, 3)) it.remove(id);
    await it.clock.advance(MINUTE);
    expect(it.told).toEqual(['open fleet_not_returned fleet', 'resolved fleet_not_returned fleet']);
  });

  test('in a cluster: devices lost by one instance are awaited from then on, however long another one has run', async () => {
    const it = await openAlerts();
    for (const id of names(1, 4)) it.online(id, 'lobby');
    await it.clock.advance(60 * MINUTE);
    for (const id of names(1, 4)) it.connection(id, { ...stopped, lastSeenAt: new Date(it.clock.now()).toISOString() });
    await it.clock.advance(105_000);
    expect(it.told).toEqual([]);
    await it.clock.advance(10_000);
    expect(it.told).toEqual(['open fleet_not_returned fleet']);
  });

  test('a device lost for another reason gets its own alert', async () => {
    const it = await restartWithout(['d1']);
    it.lose('d2');
    await it.clock.advance(10 * MINUTE);
    expect(it.told).toEqual(['open fleet_not_returned fleet', 'open device_offline d2']);
    it.online('d1', 'lobby');
    await it.clock.advance(MINUTE);
    it.lose('d1');
    await it.clock.advance(10 * MINUTE);
    expect(it.told.slice(2)).toEqual(['resolved fleet_not_returned fleet', 'open device_offline d1']);
  });
});

describe('W6 operating hours and maintenance', () => {
  const at = (hour: number, minute = 0) => Date.UTC(2025, 0, 6, hour - 1, minute);

  test('in the device’s time zone: outside its hours no alert begins, and open ones stay open', async () => {
    // A Monday; Madrid is an hour ahead.
    const it = await openAlerts(at(19));
    await it.alerts.policies.set('default', {
      hours: { mon: [['08:00', '20:00']], tue: [['08:00', '20:00']] },
    });
    it.set('a', { state: { system: { timezone: { name: 'Europe/Madrid', offset: '+0100', abbr: 'CET' } } } });
    it.set('b', { state: { system: { timezone: 'Europe/Madrid' } } });
    it.online('a');
    it.online('b');
    await it.clock.advance(30 * MINUTE);
    it.lose('b');
    await it.clock.advance(26 * MINUTE);
    expect(it.told).toEqual(['open device_offline b']);
    // 19:57: at closing time it has not been disconnected for long enough.
    it.lose('a');
    await it.clock.advance(12 * 60 * MINUTE);
    expect(it.told).toHaveLength(1);
    // 07:57: it starts over with the hours.
    await it.clock.advance(7 * MINUTE);
    expect(it.told).toHaveLength(1);
    await it.clock.advance(3 * MINUTE);
    expect(it.told.slice(1)).toEqual(['open device_offline a']);
  });

  test('the most specific policy wins, field by field', async () => {
    const it = await openAlerts(at(12));
    await it.alerts.policies.set('default', { timeZone: 'Europe/Madrid', hours: {}, offlineAfterMs: MINUTE });
    await it.alerts.policies.set('group:open', { hours: { mon: [['00:00', '24:00']] } });
    await it.alerts.policies.set('device:slow', { offlineAfterMs: 20 * MINUTE });
    for (const [id, group] of [['closed'], ['quick', 'open'], ['slow', 'open']] as const) it.online(id, group ?? null);
    await it.clock.advance(MINUTE);
    for (const id of ['closed', 'quick', 'slow']) it.lose(id);
    await it.clock.advance(2 * MINUTE);
    expect(it.told).toEqual(['open device_offline quick']);
    await it.clock.advance(20 * MINUTE);
    expect(it.told.slice(1)).toEqual(['open device_offline slow']);
  });

  test('under maintenance of a group or a device none of its alerts begin; others do', async () => {
    const it = await openAlerts(at(12));
    const now = it.clock.now();
    const maintenance = [{ from: new Date(now).toISOString(), to: new Date(now + 60 * MINUTE).toISOString() }];
    await it.alerts.policies.set('group:lobby', { maintenance });
    await it.alerts.policies.set('device:single', { maintenance });
    // Its own policy says otherwise: the most specific wins.
    await it.alerts.policies.set('device:except', { maintenance: [] });
    const devices = { a: 'lobby', except: 'lobby', single: null, other: 'roof' };
    for (const [id, group] of Object.entries(devices)) it.online(id, group);
    await it.clock.advance(MINUTE);
    for (const id of Object.keys(devices)) it.lose(id);
    it.connection('a', { conflict: { since: 'x', places: ['1', '2'] } });
    await it.clock.advance(7 * MINUTE);
    expect(it.told.sort()).toEqual(['open device_offline except', 'open device_offline other']);
  });

  test('under maintenance nothing begins; recovery is reported', async () => {
    const it = await openAlerts(at(12));
    for (const id of ['a', 'b']) it.online(id);
    await it.clock.advance(MINUTE);
    it.lose('a');
    await it.clock.advance(6 * MINUTE);
    const now = it.clock.now();
    const [from, to] = [new Date(now).toISOString(), new Date(now + 60 * MINUTE).toISOString()];
    await it.alerts.policies.set('default', { maintenance: [{ from, to, note: 'new routers' }] });
    it.lose('b');
    await it.clock.advance(10 * MINUTE);
    it.online('a');
    await it.clock.advance(53 * MINUTE);
    expect(it.told).toEqual(['open device_offline a', 'resolved device_offline a']);
    await it.clock.advance(5 * MINUTE);
    expect(it.told.slice(2)).toEqual(['open device_offline b']);
  });
});

test('W9 the English summary and resolution are also available as structured details and ending', async () => {
  const { clock, heard, online, lose, onAir, connection, set, remove } = await openAlerts();
  const site = ['s1', 's2', 's3'];
  for (const id of ['lost', 'dark', 'twice', 'late', 'full']) online(id);
  for (const id of site) online(id, 'lobby');
  const at = new Date(clock.now()).toISOString();
  lose('lost');
  for (const id of site) lose(id);
  onAir('dark', 'no');
  const places = ['192.0.2.20 02:00:00:00:00:01 player-a', '192.0.2.21 02:00:00:00:00:03 player-b'];
  connection('twice', { conflict: { since: at, places } });
  connection('late', { clockSkewMs: -130_000 });
  set('full', { state: { storage: { total: 100, used: 96 } } });
  await clock.advance(7 * MINUTE);
  expect(Object.fromEntries(heard.map(({ about, details }) => [about, details]))).toEqual({
    lost: { since: at, reason: 'connection_lost' },
    dark: { since: at, reason: 'stopped' },
    twice: { places },
    late: { skewMs: -130_000 },
    full: { fullness: 0.96 },
    'group lobby': { lost: 3 },
  });
  expect(heard.find(({ about }) => about === 'lost')?.summary).toBe(
    `lost is not connected, since ${at}: connection_lost`,
  );
  expect(heard.find(({ about }) => about === 'twice')?.summary).toBe(
    'two machines use the id of twice: ' +
      '192.0.2.20 02:00:00:00:00:01 player-a and 192.0.2.21 02:00:00:00:00:03 player-b',
  );
  heard.length = 0;
  onAir('dark', 'yes');
  remove('lost');
  await clock.advance(2 * MINUTE);
  expect(heard.map(({ about, ending, resolution }) => [about, ending, resolution])).toEqual([
    ['lost', 'removed', 'the device was removed'],
    ['dark', 'over', 'it is on air again'],
  ]);
});
