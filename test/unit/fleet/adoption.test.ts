import { expect, test } from 'vitest';
import type { Restriction } from '../../../machines/restriction.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { asker } from '../../support/world.ts';

const PAST = { versionsSkipped: false, lost: 'instance_lost' };

function recordOf(id: string, restricted?: object) {
  const document = newDocument(id, 0, 30_000);
  const connection = { ...document.connection, status: 'online' as const, ...restricted };
  return { version: 7, document: { ...document, connection }, edited: [] };
}

test('P13 a restriction reported by another instance remains when this one takes the device over; other devices have none', async () => {
  const clock = simulatedClock();
  const at = new Date(clock.wall()).toISOString();
  const restriction: Restriction = { why: 'flooding', evidence: '', since: clock.now(), until: clock.now() + 6000 };
  const harness = await openHarness({
    clock,
    restrictions: { of: (id) => (id.startsWith('told') ? restriction : undefined), lift: () => {} },
  });
  const restricted = { since: at, until: at, why: 'flooding' } as const;
  harness.fleet.adopt(recordOf('told', { restricted }), PAST);
  harness.fleet.adopt(recordOf('told late'), PAST);
  harness.fleet.adopt(recordOf('untold', { restricted }), PAST);
  const shown = (id: string) => harness.fleet.get(id)?.document.connection;
  expect(shown('told')?.restricted, 'as it was: nobody hears of a new one, or of its end').toEqual(restricted);
  expect(shown('told late')?.restricted).toMatchObject({ why: 'flooding' });
  expect(shown('untold')).not.toHaveProperty('restricted');
});

test('G6 a device taken over from another instance is kept in its desired state here', async () => {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  await harness.desired.set('all', { playback: 'playing', setAt: new Date(clock.wall()).toISOString(), setBy: 'me' });
  harness.fleet.adopt(recordOf('d'), PAST);
  await clock.advance(0);
  expect(harness.fleet.get('d')?.document.desired).toMatchObject({ playback: 'playing', source: 'all' });
});

test('D2 a device that was fetched for a refused registration does not wait for it: its grace period starts', async () => {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  harness.fleet.adopt(recordOf('d'), { versionsSkipped: false, lost: undefined });
  const shown = () => harness.fleet.get('d')?.document.connection;
  const refusal = harness.fleet.find('d')?.notComing('restricted');
  expect(refusal).toMatchObject({ code: 'restricted' });
  expect(shown()).toMatchObject({ status: 'reconnecting', reason: 'restricted' });
  await clock.advance(harness.settings.offlineGraceMs);
  expect(shown()).toMatchObject({ status: 'offline', reason: 'restricted' });
});

test('G2 while another command is under way a device is not ordered to its desired state', async () => {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  await clock.advance(2500);
  player.mood = 'hung';
  await harness.desk.send({ deviceId: 'd', command: 'vlc:snapshot', retries: 0 }, asker);
  await harness.desired.set('all', { playback: 'playing', setAt: new Date(clock.wall()).toISOString(), setBy: 'me' });
  for (let i = 0; i < 5; i++) {
    player.report();
    await clock.advance(1000);
  }
  expect(harness.ledger.pendingCount).toBe(1);
  player.mood = 'well';
  await clock.advance(30_000);
  expect(player.playback).toBe('playing');
});

test('G6 what the document shows of another desired state says nothing about this one', async () => {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  const at = (ms: number) => new Date(clock.wall() + ms).toISOString();
  const setAt = at(0);
  await harness.desired.set('all', { playback: 'playing', setAt, setBy: 'me' });
  const suspended = { why: 'command', status: 'suspended', since: at(-1000), by: 'ben', until: at(60_000) } as const;
  for (const [id, shown] of [
    ['same', { setAt, setBy: 'me', source: 'all' }],
    ['earlier', { setAt: at(-5000), setBy: 'me', source: 'all' }],
    ['by another', { setAt, setBy: 'ana', source: 'all' }],
    ['of the group', { setAt, setBy: 'me', source: 'group' }],
  ] as const) {
    const { document, ...record } = recordOf(id);
    const desired = { playback: 'playing', ...shown, ...suspended } as const;
    harness.fleet.adopt({ ...record, document: { ...document, desired } }, PAST);
  }
  await clock.advance(0);
  const shown = (id: string) => harness.fleet.get(id)?.document.desired?.status;
  expect(['same', 'earlier', 'by another', 'of the group'].map(shown)).toEqual([
    'suspended',
    'unknown',
    'unknown',
    'unknown',
  ]);
});
