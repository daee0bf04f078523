import { describe, expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { skipVersions } from '../../../src/fleet/device-context.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import type { PlayerSession } from '../../../src/fleet/player-session.ts';
import type { Update } from '../../../src/protocol/document.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { type HarnessOptions, openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'no error',
    ({ code }) => code,
  );

async function open(more: Partial<HarnessOptions> = {}) {
  const clock = simulatedClock();
  const updates: Update[] = [];
  const harness = await openHarness({ clock, changed: (update) => void updates.push(update), ...more });
  return { clock, harness, updates, fleet: harness.fleet };
}

describe('editing', () => {
  test('of an outdated version changes nothing', async () => {
    const { fleet, updates } = await open();
    await fleet.provision({ id: 'd', name: 'one' });
    const { version } = fleet.get('d') as { version: number };
    expect(await fleet.edit('d', { name: 'two' }, version)).toMatchObject({ version: version + 1 });
    await expect(fleet.edit('d', { name: 'three' }, version)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`version ${version + 1}`),
    });
    expect(fleet.get('d')).toMatchObject({ version: version + 1, document: { name: 'two' } });
    expect(updates).toHaveLength(2);
  });

  test("D5 an operator's value stays, whatever the player reports, and null removes it", async () => {
    const { clock, harness, fleet } = await open();
    await fleet.provision({ id: 'd', group: 'hall' });
    await fleet.edit('d', { name: 'Left' });
    const player = fakePlayer({ id: 'd', clock });
    player.connect(harness, {
      profile: { deviceName: 'player-7', deviceGroup: 'foyer', deviceType: 'pi', appVersion: '2' },
    });
    await clock.advance(100);
    expect(fleet.get('d')?.document).toMatchObject({ name: 'Left', group: 'hall', type: 'pi', appVersion: '2' });
    await fleet.edit('d', { name: null, labels: { floor: '1' } });
    expect(fleet.get('d')?.document).toMatchObject({ name: null, group: 'hall', labels: { floor: '1' } });
    player.connect(harness, { profile: { deviceName: 'player-7' } });
    await clock.advance(100);
    expect(fleet.get('d')?.document.name).toBeNull();
  });

  test("an operator's value survives a crash at once, also if it equals the previous one", async () => {
    const { clock, harness, fleet } = await open();
    fakePlayer({ id: 'd', clock }).connect(harness, { profile: { deviceName: 'Hall' } });
    await clock.advance(100);
    await fleet.edit('d', { name: 'Hall' });
    const next = await open({ clock, store: harness.kill() });
    fakePlayer({ id: 'd', clock }).connect(next.harness, { profile: { deviceName: 'Foyer' } });
    await clock.advance(100);
    expect(next.fleet.get('d')?.document.name).toBe('Hall');
  });

  test('of an unknown device', async () => {
    const { fleet } = await open();
    for (const asked of [
      fleet.edit('d', {}),
      fleet.remove('d'),
      fleet.noteBlocked('d', undefined),
      fleet.rotateToken('d'),
      fleet.liftRestriction('d'),
      fleet.refresh('d', 'state'),
    ])
      expect(await codeOf(asked)).toBe('device_unknown');
  });
});

describe('provisioning', () => {
  test('each id once, up to the limit', async () => {
    const { fleet } = await open({ settings: { maxDevices: 2 } });
    expect(await fleet.provision({ id: 'd' })).toEqual({ id: 'd', token: 'token of d' });
    expect(await codeOf(fleet.provision({ id: 'd' }))).toBe('conflict');
    expect((await fleet.provision({})).id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await codeOf(fleet.provision({ id: 'e' }))).toBe('fleet_full');
    expect(fleet.size).toBe(2);
  });

  test('a token that could not be stored is not returned', async () => {
    const { fleet } = await open({ store: { ...createMemoryStateStore(), healthy: false } });
    expect(await codeOf(fleet.provision({ id: 'd' }))).toBe('unavailable');
    expect(fleet.size).toBe(0);
  });
});

describe('R4 when changes are recorded', () => {
  const recorded = async (store: ReturnType<typeof createMemoryStateStore>, id = 'd') =>
    (await store.load<{ version: number; document: { state: object } }>('devices')).get(id);

  test('a state within 15 s, and not before; any other change at once', async () => {
    const store = createMemoryStateStore();
    const { clock, harness, fleet } = await open({ store });
    const player = fakePlayer({ id: 'd', clock });
    player.connect(harness);
    await clock.advance(20_000);
    const host = fleet.enrol('d');
    const before = await recorded(store);
    host.report({ vlc: { state: 'stopped', item: 'new.mp4' } });
    expect(host.versioned.version).toBe((before?.version ?? 0) + 1);
    await clock.advance(14_800);
    expect(await recorded(store)).toEqual(before);
    await clock.advance(300);
    expect((await recorded(store))?.document.state).toMatchObject({ vlc: { item: 'new.mp4' } });
    host.report({ vlc: { state: 'playing', item: 'new.mp4' } });
    await clock.advance(200);
    expect((await recorded(store))?.document.state, 'it plays from now on').toMatchObject({
      vlc: { state: 'playing' },
    });
  });

  test('D1 however fast a device changes, no version is assigned twice after a crash', async () => {
    const { clock, harness, fleet } = await open();
    fakePlayer({ id: 'd', clock }).connect(harness);
    await clock.advance(100);
    const host = fleet.enrol('d');
    for (let n = 0; n < 12_000; n++) {
      host.restricted(n % 2 ? undefined : { why: 'flooding', since: 0, until: n, evidence: '' });
      if (n % 100 === 0) await clock.advance(0);
    }
    const told = host.versioned.version;
    const next = await open({ clock, store: harness.kill() });
    expect(next.fleet.get('d')?.version).toBeGreaterThan(told);
  });

  test('D1 the skipped version follows the clock, and continues from a version that is ahead of it', () => {
    const [since, at] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
    expect(skipVersions(7, at)).toBe(at - since);
    expect(skipVersions(at - since - 1, at)).toBe(at - since);
    expect(skipVersions(at - since, at)).toBe(at - since + 5000);
    expect(skipVersions(7, since)).toBe(5007);
  });
});

describe('D1 a device taken over from another instance', () => {
  const record = { version: 7, document: newDocument('d', 0, 30_000), edited: [] };

  test('is published whole if its last versions may be unknown, and as a change if they are known', async () => {
    const { fleet, updates } = await open();
    fleet.adopt({ ...record, document: { ...record.document, id: 'sure' } }, { versionsSkipped: false });
    fleet.adopt(record, { versionsSkipped: true });
    await fleet.edit('sure', { name: 'Hall' });
    expect(updates.map((it) => [it.deviceId, it.version, Object.keys(it).at(-1)])).toEqual([
      ['d', 8, 'document'],
      ['sure', 8, 'patch'],
    ]);
    await fleet.edit('d', { name: 'Hall' });
    expect(updates.at(-1), 'once').toMatchObject({ version: 9, patch: expect.any(Array) });
  });

  test('is told whole also where it has changed at the same moment', async () => {
    const { fleet, updates } = await open();
    const connection = { ...record.document.connection, status: 'online' as const };
    fleet.adopt(
      { ...record, document: { ...record.document, connection } },
      { versionsSkipped: true, lost: 'instance_lost' },
    );
    expect(updates).toMatchObject([
      { version: 8, document: { connection: { status: 'reconnecting', reason: 'instance_lost' } } },
    ]);
    await fleet.edit('d', { name: 'Hall' });
    expect(updates.at(-1)).toMatchObject({ version: 9, patch: expect.any(Array) });
  });

  test('and moves to another one: it is no longer published or recorded here', async () => {
    const store = createMemoryStateStore();
    const { clock, harness, fleet, updates } = await open({ store });
    const player = fakePlayer({ id: 'd', clock });
    player.connect(harness, { profile: { deviceName: 'Hall' } });
    await clock.advance(100);
    const host = fleet.enrol('d');
    host.report({ vlc: { state: 'stopped', item: 'new.mp4' } });
    const { version } = host.versioned;
    const handover = fleet.release('d');
    expect(handover).toMatchObject({
      record: { version, document: { name: 'Hall', state: { vlc: { item: 'new.mp4' } } }, edited: [] },
      sessions: [{ id: 'd-1', address: '10.0.0.1', isAlive: false }],
      own: 'd-1',
    });
    expect(fleet.release('d')).toBeUndefined();
    expect(fleet.find('d')).toBeUndefined();
    const before = (await store.load('devices')).get('d');
    updates.length = 0;
    await clock.advance(60_000);
    expect(updates).toEqual([]);
    expect((await store.load('devices')).get('d')).toEqual(before);
  });
});

describe('a removed device', () => {
  test('its commands end, its player gets an error, and nothing of it remains', async () => {
    const ended: string[] = [];
    const { clock, harness, fleet, updates } = await open({
      tell: ({ commandId, status, message }) => ended.push(`${commandId} ${status}: ${message}`) > 0,
    });
    const player = fakePlayer({ id: 'd', clock });
    player.mood = 'hung';
    player.connect(harness);
    await clock.advance(100);
    const by = { tokenId: 't', name: 'ana', role: 'operator' } as const;
    for (const commandId of ['sent', 'waits'])
      await harness.desk.send({ deviceId: 'd', command: 'vlc:play', commandId }, by);
    const { version } = fleet.get('d') as { version: number };
    await fleet.remove('d');
    await clock.advance(10);
    expect(ended).toEqual(['sent timeout: the device was removed', 'waits cancelled: the device was removed']);
    expect(player.isConnected).toBe(false);
    expect(fleet.get('d')).toBeUndefined();
    expect(updates.at(-1)).toEqual({ deviceId: 'd', version: version + 1, at: expect.any(String), deleted: true });
    await fleet.provision({ id: 'd' });
    expect(fleet.get('d')?.version).toBe(version + 2);
  });

  test('that another instance removed continues from the last published version', async () => {
    const { fleet } = await open();
    fleet.noteRemoved('d', 7);
    fleet.noteRemoved('d', 5);
    fleet.enrol('d');
    expect(fleet.get('d')?.version).toBe(8);
  });
});

test('P5 a device that has never reported is not stale', async () => {
  const { clock, harness, fleet } = await open();
  const player = fakePlayer({ id: 'd', clock });
  player.loses.states = true;
  player.connect(harness);
  await clock.advance(100);
  expect(fleet.get('d')?.document.report.status).toBe('unknown');
  player.report();
  player.loses.states = false;
  player.report();
  await clock.advance(100);
  expect(fleet.get('d')?.document.report.status).toBe('live');
});

describe('A6 watching', () => {
  test('outlives the device, and has a minimum interval', async () => {
    const { clock, harness, fleet } = await open();
    expect(fleet.watch('d', 'me')).toBe(2000);
    expect(fleet.watch('d', 'you', 100)).toBe(2000);
    expect(fleet.watch('d', 'me', 7000)).toBe(7000);
    const player = fakePlayer({ id: 'd', clock });
    player.connect(harness);
    await clock.advance(100);
    const interval = () => fleet.get('d')?.document.report.intervalMs;
    expect(interval()).toBe(2000);
    fleet.unwatch('d', 'you');
    expect(interval()).toBe(7000);
    await fleet.remove('d');
    player.connect(harness);
    await clock.advance(100);
    expect(interval()).toBe(7000);
    fleet.unwatch('d', 'me');
    fleet.unwatch('d', 'nobody');
    expect(interval()).toBe(30_000);
  });
});

describe('P6 an attempt', () => {
  const session = (id: string, sent: string[], address = '10.0.0.1'): PlayerSession => ({
    id,
    address,
    macs: [],
    probe: () => {},
    resume: () => {},
    askState: () => {},
    askSnapshot: () => {},
    fetchSnapshot: () => undefined,
    sendCommand: ({ commandId }) => void sent.push(`${commandId} by ${id}`),
    drop: () => {},
    end: () => {},
  });
  const profile = {
    deviceName: undefined,
    deviceType: undefined,
    deviceGroup: undefined,
    appVersion: undefined,
    deviceNetwork: undefined,
  };
  const by = { tokenId: 't', name: 'ana', role: 'operator' } as const;
  /** A server whose database never answers. */
  const openSlow = async () => {
    const store = createMemoryStateStore();
    const it = await open({ store });
    store.committed = () => new Promise(() => {});
    return it;
  };

  test('recorded for a session that is no longer current is not sent by either', async () => {
    const sent: string[] = [];
    const { clock, harness, fleet } = await openSlow();
    const host = fleet.enrol('d');
    host.register(session('old', sent), profile);
    void harness.desk.send({ deviceId: 'd', command: 'vlc:pause', force: true }, by);
    await clock.advance(1100);
    void harness.desk.send({ deviceId: 'd', command: 'vlc:play', commandId: 'x' }, by);
    host.register(session('new', sent), profile);
    await clock.advance(300);
    expect(sent).toEqual([]);
  });

  test('that took longer to record than its answer may take is cancelled', async () => {
    const sent: string[] = [];
    const { clock, harness, fleet } = await openSlow();
    fleet.enrol('d').register(session('s', sent), profile);
    void harness.desk.send({ deviceId: 'd', command: 'vlc:play', commandId: 'x', timeoutMs: 200, retries: 2 }, by);
    await clock.advance(2000);
    expect(sent).toEqual([]);
    void harness.desk.send({ deviceId: 'd', command: 'vlc:play', commandId: 'y', timeoutMs: 1000, retries: 0 }, by);
    await clock.advance(2000);
    expect(sent).toEqual(['y by s']);
  });
});
