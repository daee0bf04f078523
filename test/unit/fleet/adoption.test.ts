import { expect, test } from 'vitest';
import type { Restriction } from '../../../machines/restriction.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { openHouse } from '../../support/house.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const PAST = { versionsSkipped: false, lost: 'instance_lost' };

function recordOf(id: string, restricted?: object) {
  const document = newDocument(id, 0, 30_000);
  const connection = { ...document.connection, status: 'online' as const, ...restricted };
  return { version: 7, document: { ...document, connection }, edited: [] };
}

test('P13 a restriction that another instance was told of stays when it goes on with the device; of others nothing is known', async () => {
  const clock = simulatedClock();
  const at = new Date(clock.wall()).toISOString();
  const restriction: Restriction = { why: 'flooding', evidence: '', since: clock.now(), until: clock.now() + 6000 };
  const house = await openHouse({
    clock,
    restrictions: { of: (id) => (id.startsWith('told') ? restriction : undefined), lift: () => {} },
  });
  const restricted = { since: at, until: at, why: 'flooding' } as const;
  house.fleet.adopt(recordOf('told', { restricted }), PAST);
  house.fleet.adopt(recordOf('told late'), PAST);
  house.fleet.adopt(recordOf('untold', { restricted }), PAST);
  const shown = (id: string) => house.fleet.get(id)?.document.connection;
  expect(shown('told')?.restricted, 'as it was: nobody hears of a new one, or of its end').toEqual(restricted);
  expect(shown('told late')?.restricted).toMatchObject({ why: 'flooding' });
  expect(shown('untold')).not.toHaveProperty('restricted');
});

test('G6 a device that comes from another instance is kept here from then on', async () => {
  const clock = simulatedClock();
  const house = await openHouse({ clock });
  await house.desired.set('all', { playback: 'playing', setAt: new Date(clock.wall()).toISOString(), setBy: 'me' });
  house.fleet.adopt(recordOf('d'), PAST);
  await clock.advance(0);
  expect(house.fleet.get('d')?.document.desired).toMatchObject({ playback: 'playing', source: 'all' });
});

test('D2 a device that was fetched for a registration which is refused does not wait for it: its grace begins', async () => {
  const clock = simulatedClock();
  const house = await openHouse({ clock });
  house.fleet.adopt(recordOf('d'), { versionsSkipped: false, lost: undefined });
  const shown = () => house.fleet.get('d')?.document.connection;
  const refusal = house.fleet.find('d')?.notComing('restricted');
  expect(refusal).toMatchObject({ code: 'restricted' });
  expect(shown()).toMatchObject({ status: 'reconnecting', reason: 'restricted' });
  await clock.advance(house.settings.offlineGraceMs);
  expect(shown()).toMatchObject({ status: 'offline', reason: 'restricted' });
});
