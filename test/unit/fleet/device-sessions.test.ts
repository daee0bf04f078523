import { describe, expect, test } from 'vitest';
import { fakePlayer } from '../../support/fake-player.ts';
import { openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { asker } from '../../support/world.ts';

/** Two machines with the same id. */
async function open() {
  const clock = simulatedClock();
  const counted: string[] = [];
  const metrics = {
    connectionLost: (reason: string) => void counted.push(`lost: ${reason}`),
    registered: () => void counted.push('registered'),
    takeover: () => void counted.push('takeover'),
    conflict: () => void counted.push('conflict'),
  };
  const harness = await openHarness({ clock, metrics });
  const [first, second] = [fakePlayer({ id: 'd', clock }), fakePlayer({ id: 'd', machine: 'second', clock })];
  const connection = () => harness.fleet.get('d')?.document.connection;
  return { clock, harness, counted, first, second, connection };
}

describe('the sessions of a device are counted', () => {
  test('its registration and its loss once each', async () => {
    const { clock, harness, counted, first } = await open();
    first.connect(harness);
    await clock.advance(100);
    expect(counted.splice(0)).toEqual(['registered']);
    first.lose(0);
    await clock.advance(100);
    expect(counted).toHaveLength(1);
    expect(counted[0]).toMatch(/^lost: /);
  });

  test('the loss of a displaced machine is not one of the device', async () => {
    const { clock, harness, counted, first, second, connection } = await open();
    first.connect(harness, { place: '10.0.0.1' });
    await clock.advance(100);
    second.connect(harness, { place: '10.0.0.2' });
    await clock.advance(1000);
    expect(counted.splice(0)).toEqual(['registered', 'registered', 'takeover', 'conflict']);
    first.lose(0);
    await clock.advance(1000);
    expect(counted).toEqual([]);
    expect(connection()).toMatchObject({ status: 'online', address: '10.0.0.2' });
    expect(connection()).not.toHaveProperty('conflict');
  });
});

test('P8 the places of a conflict name the machines as they registered', async () => {
  const { clock, harness, first, second, connection } = await open();
  first.connect(harness, { place: '10.0.0.1', profile: { deviceName: 'left-wall' } });
  await clock.advance(100);
  second.connect(harness, { place: '10.0.0.2', profile: { deviceName: 'right-wall' } });
  await clock.advance(1000);
  expect(connection()?.conflict?.places).toEqual([
    expect.stringMatching(/^10\.0\.0\.2.* right-wall$/),
    expect.stringMatching(/^10\.0\.0\.1.* left-wall$/),
  ]);
});

test('G4 a screenshot does not suspend the desired state; any other command of a person does', async () => {
  const { clock, harness, first } = await open();
  first.playback = 'playing';
  first.connect(harness);
  await clock.advance(1000);
  await harness.desired.set('device:d', {
    playback: 'playing',
    setAt: new Date(clock.wall()).toISOString(),
    setBy: 'ana',
  });
  await clock.advance(1000);
  const desired = () => harness.fleet.get('d')?.document.desired;
  expect(desired()?.status).toBe('converged');
  void harness.desk.send({ deviceId: 'd', command: 'vlc:snapshot' }, asker);
  await clock.advance(1000);
  expect(desired()?.status).toBe('converged');
  void harness.desk.send({ deviceId: 'd', command: 'vlc:stop' }, asker);
  await clock.advance(1000);
  expect(desired()).toMatchObject({ status: 'suspended', why: 'command' });
});

describe('K7 a displaced machine is called back when the newer one leaves', () => {
  /** The second machine has displaced the first one. */
  async function displaced() {
    const both = await open();
    both.first.connect(both.harness, { place: '10.0.0.1' });
    await both.clock.advance(100);
    both.second.connect(both.harness, { place: '10.0.0.2' });
    await both.clock.advance(1000);
    return both;
  }

  test('and is the device again', async () => {
    const { clock, second, connection } = await displaced();
    second.lose(0);
    await clock.advance(1000);
    expect(connection()).toMatchObject({ status: 'online', address: '10.0.0.1' });
  });

  test('but if it is gone, too, it is forgotten, and the device has lost its connection', async () => {
    const { clock, harness, first, second, connection } = await displaced();
    // The server has not noticed the end of the first one when the second one leaves.
    first.lose(5000);
    second.lose(0);
    await clock.advance(1000);
    expect(connection()).toMatchObject({ status: 'reconnecting' });
    expect(harness.fleet.find('d')?.session).toBeUndefined();
    expect(harness.fleet.find('d')?.sessions.last).toBeUndefined();
    await clock.advance(20_000);
    expect(connection()).toMatchObject({ status: 'offline' });
    first.connect(harness, { place: '10.0.0.1' });
    await clock.advance(1000);
    expect(connection()).toMatchObject({ status: 'online', address: '10.0.0.1' });
  });
});
