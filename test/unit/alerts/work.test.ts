import { describe, expect, test } from 'vitest';
import type { ShownAlert } from '../../../src/protocol/alerts.ts';
import type { AlertsUpdate } from '../../../src/protocol/events.ts';
import { MINUTE, openAlerts } from '../../support/alerts-harness.ts';

type Harness = Awaited<ReturnType<typeof openAlerts>>;

/** A device that is off air, with an alert. */
async function withAlert() {
  const harness = await openAlerts();
  harness.online('a', 'hall');
  harness.onAir('a', 'no');
  await harness.clock.advance(6 * MINUTE);
  return {
    ...harness,
    id: await openId(harness),
    get alerts() {
      return harness.alerts;
    },
  };
}

async function openId({ alerts }: Pick<Harness, 'alerts'>): Promise<string> {
  const { alerts: open } = alerts.desk.follow({ id: 'once', sees: () => true, backlog: () => 0, send: () => {} });
  alerts.desk.unfollow('once');
  return open[0]?.id ?? '';
}

describe('W12 people work on alerts', () => {
  test('acknowledging, assigning and commenting are visible to everyone, also after a restart', async () => {
    const harness = await withAlert();
    const { id } = harness;
    await harness.alerts.desk.act(id, 'acknowledge', {}, 'ana');
    await harness.alerts.desk.act(id, 'acknowledge', {}, 'luis');
    await harness.alerts.desk.act(id, 'assign', { to: 'Luis', comment: 'you are near' }, 'ana');
    await harness.restart();
    const file = await harness.alerts.desk.get(id);
    expect(file?.shown).toMatchObject({ acknowledged: { by: 'ana' }, assignee: 'Luis', state: 'open' });
    expect(file?.acts.map(({ act, by, comment, to }) => [act, by, comment, to])).toEqual([
      ['acknowledge', 'ana', undefined, undefined],
      ['acknowledge', 'luis', undefined, undefined],
      ['assign', 'ana', 'you are near', 'Luis'],
    ]);
    await harness.alerts.desk.act(id, 'unacknowledge', {}, 'ana');
    const free = await harness.alerts.desk.act(id, 'assign', { to: null }, 'ana');
    expect(free?.shown).not.toHaveProperty('acknowledged');
    expect(free?.shown).not.toHaveProperty('assignee');
    expect(await harness.alerts.desk.act('0000000000', 'acknowledge', {}, 'ana')).toBeUndefined();
  });

  test('an ended alert accepts only comments; at most 500 actions', async () => {
    const harness = await withAlert();
    const { id, alerts } = harness;
    harness.onAir('a', 'yes');
    await harness.clock.advance(2 * MINUTE);
    expect((await alerts.desk.act(id, 'comment', { comment: 'a cable' }, 'ana'))?.shown.state).toBe('resolved');
    for (const act of ['acknowledge', 'close', 'unmute'] as const) {
      await expect(alerts.desk.act(id, act, {}, 'ana')).rejects.toMatchObject({ code: 'conflict' });
    }
    const other = await withAlert();
    const comment = () => other.alerts.desk.act(other.id, 'comment', { comment: 'x' }, 'ana');
    for (let i = 0; i < 499; i++) await comment();
    const last = await Promise.allSettled([comment(), comment(), comment()]);
    expect(last.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(comment()).rejects.toMatchObject({ code: 'conflict' });
    expect((await other.alerts.desk.get(other.id))?.acts).toHaveLength(500);
  });
});

describe('R7 what is answered 503', () => {
  const acts = [
    ['acknowledge', {}],
    ['comment', { comment: 'a cable' }],
    ['assign', { to: 'Luis' }],
    ['mute', { forMs: 60 * MINUTE }],
    ['close', {}],
  ] as const;

  test.each(acts)('%s leaves nothing behind', async (act, facts) => {
    const harness = await withAlert();
    const { id } = harness;
    // Closable: its problem is not measured.
    harness.onAir('a', 'unknown');
    harness.refuseWrites(true);
    const before = await harness.alerts.desk.get(id);
    expect(before?.closable).toBe(true);
    await expect(harness.alerts.desk.act(id, act, facts, 'ana')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await harness.alerts.desk.get(id)).toEqual(before);
    harness.refuseWrites(false);
    await harness.clock.advance(5000);
    await harness.restart();
    expect(await harness.alerts.desk.get(id)).toEqual(before);
    expect(harness.told).toEqual(['open device_not_on_air a']);
  });

  test('an unmute that cannot be stored leaves the mute', async () => {
    const harness = await withAlert();
    const { id } = harness;
    await harness.alerts.desk.act(id, 'mute', { forMs: 60 * MINUTE }, 'ana');
    harness.refuseWrites(true);
    await expect(harness.alerts.desk.act(id, 'unmute', {}, 'ana')).rejects.toMatchObject({ code: 'unavailable' });
    harness.refuseWrites(false);
    await harness.clock.advance(5000);
    for (let i = 0; i < 2; i++) {
      expect((await harness.alerts.desk.get(id))?.shown.muted).toMatchObject({ by: 'ana' });
      await harness.restart();
    }
  });
});

describe('W13 a mute', () => {
  test('alerts that open meanwhile are listed but not sent; those still open when the mute ends are sent', async () => {
    const harness = await withAlert();
    const { id, clock, told } = harness;
    expect(told).toEqual(['open device_not_on_air a']);
    const muted = await harness.alerts.desk.act(id, 'mute', { forMs: 60 * MINUTE }, 'ana');
    expect(muted?.shown.muted).toMatchObject({ by: 'ana', until: new Date(clock.wall() + 60 * MINUTE).toISOString() });
    harness.onAir('a', 'yes');
    await clock.advance(2 * MINUTE);
    // Receivers of the start get the end.
    expect(told).toEqual(['open device_not_on_air a', 'resolved device_not_on_air a']);
    harness.onAir('a', 'no');
    await clock.advance(6 * MINUTE);
    harness.onAir('a', 'yes');
    await clock.advance(2 * MINUTE);
    harness.onAir('a', 'no');
    await harness.restart();
    harness.set('a', {});
    await clock.advance(40 * MINUTE);
    expect(told).toHaveLength(2);
    expect((await harness.alerts.desk.get(await openId(harness)))?.shown.muted).toBeDefined();
    await clock.advance(11 * MINUTE);
    expect(told.slice(2)).toEqual(['open device_not_on_air a']);
  });

  test('applies to one kind of alert on one device, and can be ended', async () => {
    const harness = await withAlert();
    const { id, clock, told } = harness;
    await harness.alerts.desk.act(id, 'mute', { forMs: 24 * 60 * MINUTE }, 'ana');
    harness.connection('a', { conflict: { since: 'x', places: ['1', '2'] } });
    harness.online('b');
    harness.onAir('b', 'no');
    await clock.advance(6 * MINUTE);
    expect(told.slice(1).sort()).toEqual(['open device_conflict a', 'open device_not_on_air b']);
    const free = await harness.alerts.desk.act(id, 'unmute', {}, 'ana');
    expect(free?.shown).not.toHaveProperty('muted');
  });
});

describe('W14 an alert is closed manually', () => {
  test('never while its condition is measured, nor if only the server can decide', async () => {
    const harness = await withAlert();
    const { id, alerts } = harness;
    expect((await alerts.desk.get(id))?.closable).toBe(false);
    await expect(alerts.desk.act(id, 'close', {}, 'ana')).rejects.toMatchObject({ code: 'conflict' });
    expect((await alerts.desk.get(id))?.acts).toEqual([]);
    harness.onAir('a', 'yes');
    await harness.clock.advance(2 * MINUTE);
    harness.faults.fleet_full = true;
    await harness.clock.advance(MINUTE);
    const server = await openId(harness);
    expect((await alerts.desk.get(server))?.closable).toBe(false);
    await expect(alerts.desk.act(server, 'close', {}, 'ana')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('if its condition is unknown: it ends, records who closed it, and reopens only after a measurement', async () => {
    const harness = await withAlert();
    const { id, clock, told } = harness;
    harness.onAir('a', 'unknown');
    await clock.advance(MINUTE);
    const closed = await harness.alerts.desk.act(id, 'close', { comment: 'taken down' }, 'ana');
    expect(closed?.shown).toMatchObject({
      state: 'resolved',
      ending: 'closed',
      closedBy: 'ana',
      resolution: 'closed by ana',
    });
    await clock.advance(30 * MINUTE);
    expect(told).toEqual(['open device_not_on_air a', 'resolved device_not_on_air a']);
    harness.onAir('a', 'no');
    await clock.advance(6 * MINUTE);
    expect(told).toHaveLength(3);
  });

  test('by one person: a second one at the same time learns that it has ended', async () => {
    const harness = await withAlert();
    const { id, decided } = harness;
    harness.onAir('a', 'unknown');
    const close = (by: string) => harness.alerts.desk.act(id, 'close', {}, by);
    const [first, second] = await Promise.allSettled([close('ana'), close('luis')]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { shown: { closedBy: 'ana' } } });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } });
    expect((await harness.alerts.desk.get(id))?.acts.map(({ act, by }) => [act, by])).toEqual([['close', 'ana']]);
    expect(decided).toEqual(['open device_not_on_air a', 'resolved device_not_on_air a']);
  });

  test('the alert of a blocked device can be closed; outside the device’s hours it cannot', async () => {
    const harness = await openAlerts();
    await harness.alerts.policies.set('default', { hours: { mon: [['08:00', '08:01']] } });
    harness.online('a');
    await harness.alerts.policies.set('default', undefined);
    harness.lose('a');
    await harness.clock.advance(6 * MINUTE);
    const id = await openId(harness);
    await harness.alerts.policies.set('default', { hours: { mon: [['08:00', '08:01']] } });
    expect((await harness.alerts.desk.get(id))?.closable).toBe(false);
    harness.set('a', { blocked: { since: '2025-01-01T00:00:00.000Z', by: 'ana' } });
    expect((await harness.alerts.desk.get(id))?.closable).toBe(true);
  });
});

test('W15 followers get the open alerts that they may see, and each change; slow readers get it later', async () => {
  const harness = await withAlert();
  const { id, clock } = harness;
  const updates: AlertsUpdate[] = [];
  let unread = 0;
  const copy = new Map<string, ShownAlert>();
  const follower = {
    id: 'one',
    sees: ({ about }: { about: string }) => about !== 'theirs',
    backlog: () => unread,
    send: (update: AlertsUpdate) => {
      updates.push(update);
      for (const it of update.gone) copy.delete(it);
      for (const it of update.alerts) copy.set(it.id, it);
    },
  };
  for (const it of harness.alerts.desk.follow(follower).alerts) copy.set(it.id, it);
  expect([...copy.keys()]).toEqual([id]);
  await clock.advance(MINUTE);
  expect(updates).toEqual([]);

  await harness.alerts.desk.act(id, 'acknowledge', {}, 'ana');
  expect(updates).toMatchObject([{ alerts: [{ id, acknowledged: { by: 'ana' } }], gone: [], total: 1, critical: 1 }]);
  for (const it of ['theirs', 'b']) {
    harness.online(it);
    harness.onAir(it, 'no');
  }
  await clock.advance(6 * MINUTE);
  expect([...copy.values()].map(({ about }) => about).sort()).toEqual(['a', 'b']);

  unread = 3_000_000;
  harness.onAir('a', 'yes');
  await clock.advance(2 * MINUTE);
  expect(copy.has(id)).toBe(true);
  unread = 0;
  await clock.advance(10_000);
  expect([...copy.values()].map(({ about }) => about)).toEqual(['b']);
  harness.alerts.desk.unfollow('one');
  harness.onAir('b', 'yes');
  await clock.advance(2 * MINUTE);
  expect(copy.size).toBe(1);
});
