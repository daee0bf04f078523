import { describe, expect, test } from 'vitest';
import { attends, deviceMachine, hasRoom } from '../../../machines/device.ts';
import type { Observation } from '../../../machines/observation.ts';
import { progressOf, specOf } from '../../support/commands.ts';
import { withCoverage } from '../../support/coverage.ts';
import { deviceInputOf, deviceLife } from '../../support/device-life.ts';
import { pureLife } from '../../support/pure-life.ts';

const { machine, declared, taken } = withCoverage(deviceMachine);

const pure = (given: Parameters<typeof deviceInputOf>[0] = {}) => pureLife(machine, deviceInputOf(given));
const live = (given: Parameters<typeof deviceInputOf>[0] = {}) => deviceLife(machine, given);

const registered = (id: string, place = 'here', at = 0) =>
  ({ type: 'REGISTERED', session: { id, place }, at }) as const;
const disconnected = (sessionId: string) => ({ type: 'DISCONNECTED', sessionId, reason: 'transport close' }) as const;
const reported = { type: 'REPORTED', isOld: false, proof: null } as const;
const reportedOld = { type: 'REPORTED', isOld: true, proof: null } as const;
const reportedNothing = { type: 'REPORTED', isOld: undefined, proof: null } as const;
const missed = { type: 'REPORT_MISSED' } as const;

const online = ['noteConnection', { status: 'online' }];
const reconnecting = ['noteConnection', { status: 'reconnecting', reason: 'transport close' }];
const offline = ['noteConnection', { status: 'offline' }];
const isSent = (effect: string) => effect.endsWith(' transmit');
const isEnding = (effect: string) => effect === 'noteEnding';

const connected = (given: Parameters<typeof deviceInputOf>[0] = {}) => {
  const device = live(given);
  device.register('s1');
  device.asked();
  return device;
};

describe('connection', () => {
  test('a device begins offline, and asks for nothing', () => {
    const device = pure();
    expect(device.state).toMatchObject({
      connection: 'offline',
      report: 'unknown',
      identity: 'sole',
      commands: 'idle',
    });
    expect(device.asked).toEqual([]);
    expect(device.waits).toEqual({});
  });

  test('P5 right after registering it is noted online and asked for its state', () => {
    const device = pure();
    expect(device.send(registered('s1'))).toEqual([online, ['askState']]);
    expect(device.state).toMatchObject({ connection: 'online' });
  });

  test('P2 registering again on the same socket is harmless', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(registered('s1', 'here', 5))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'online', identity: 'sole' });
  });

  test('a lost device is reconnecting for its grace, with the reason, then offline', () => {
    const device = pure({ graceMs: 15_000 });
    device.send(registered('s1'));
    expect(device.send(disconnected('s1'))).toEqual([reconnecting]);
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
    expect(device.waits).toEqual({ grace: 15_000 });
    expect(device.elapse('grace')).toEqual([offline]);
    expect(device.state).toMatchObject({ connection: 'offline' });
  });

  test('a device that comes back within its grace was never offline', () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(disconnected('s1'));
    expect(device.send(registered('s2'))).toEqual([online, ['askState']]);
    expect(device.waits).toEqual({});
  });

  test('what was connected before a restart of the server may come back within the grace', () => {
    const device = pure({ link: 'reconnecting' });
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
    expect(device.asked).toEqual([]);
    expect(device.waits).toEqual({ grace: 15_000 });
    expect(device.elapse('grace')).toEqual([offline]);
    expect(device.send(registered('s1'))).toEqual([online, ['askState']]);
  });

  test('a second disconnect of the same session, or of none, changes nothing', () => {
    const device = pure();
    expect(device.send(disconnected('s1'))).toEqual([]);
    device.send(registered('s1'));
    device.send(disconnected('s1'));
    expect(device.send(disconnected('s1'))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
  });
});

describe('P8 takeover', () => {
  test('the newest wins: the older session is ended, before the new one is asked for anything', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(registered('s2'))).toEqual([['endSession'], online, ['askState']]);
    expect(device.snapshot.context.session).toEqual({ id: 's2', place: 'here' });
  });

  test("the older one's late disconnect changes nothing", () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(registered('s2'));
    expect(device.send(disconnected('s1'))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'online' });
    expect(device.send(disconnected('s2'))).toEqual([reconnecting]);
  });

  test('a command that is under way survives it', () => {
    const device = connected();
    device.command('c1');
    device.register('s2', 'there');
    expect(device.asked().map(([effect]) => effect)).toEqual([
      'c1 note',
      'c1 note',
      'c1 transmit',
      'endSession',
      'noteConnection',
      'askState',
    ]);
    device.answer('c1');
    expect(device.asked(isEnding)).toHaveLength(1);
  });
});

describe('P8 conflict', () => {
  const fight = (device: ReturnType<typeof pure>, times: number, at = 0) => {
    for (let i = 0; i <= times; i++) device.send(registered(`s${at}-${i}`, i % 2 ? 'there' : 'here', at + i * 1000));
  };
  const conflict = ['noteConflict', { places: ['there', 'here'] }];

  test('two takeovers between two places are none yet, the third is', () => {
    const device = pure();
    fight(device, 2);
    expect(device.state).toMatchObject({ identity: 'sole' });
    expect(device.send(registered('s3', 'there', 3000))).toContainEqual([
      'noteConflict',
      { places: ['here', 'there'] },
    ]);
    expect(device.state).toMatchObject({ identity: 'contested', connection: 'online' });
    expect(device.waits).toEqual({ conflictWindow: 60_000 });
  });

  test('takeovers from one place are one machine that lost its connection', () => {
    const device = pure();
    for (let i = 0; i < 10; i++) device.send(registered(`s${i}`, 'here', i));
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('three takeovers in more than 60 s are none', () => {
    const device = pure();
    for (let i = 0; i < 8; i++) device.send(registered(`s${i}`, i % 2 ? 'there' : 'here', i * 30_000));
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('a conflict that goes on is the same conflict: noted again, never called over in between', () => {
    const device = pure();
    fight(device, 3);
    const asked = device.send(registered('s4', 'here', 4000));
    expect(asked.filter(([effect]) => effect === 'noteConflict')).toEqual([conflict]);
    expect(device.waits).toEqual({ conflictWindow: 60_000 });
  });

  test('it is over when nobody fought for 60 s', () => {
    const device = pure();
    fight(device, 3);
    expect(device.elapse('conflictWindow')).toEqual([['noteConflict', { places: [] }]]);
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('registering again, or coming back, does not prolong it', () => {
    const device = live();
    for (let i = 0; i < 4; i++) {
      device.register(`s${i}`, i % 2 ? 'there' : 'here');
      device.advance(1000);
    }
    device.advance(50_000);
    device.register('s3', 'there');
    device.lose('s3');
    device.register('s4', 'there');
    expect(device.state).toMatchObject({ identity: 'contested' });
    device.advance(9000);
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('an old conflict does not come back with the next reconnection', () => {
    const device = pure();
    fight(device, 3);
    device.elapse('conflictWindow');
    device.send(disconnected('s0-3'));
    device.send(registered('s9', 'elsewhere', 500_000));
    expect(device.state).toMatchObject({ identity: 'sole' });
    expect(device.send(registered('s10', 'here', 500_001)).filter(([effect]) => effect === 'noteConflict')).toEqual([]);
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('coming back from elsewhere after a loss takes nothing over', () => {
    const device = pure();
    for (let i = 0; i < 10; i++) {
      device.send(registered(`s${i}`, `place ${i}`, i));
      device.send(disconnected(`s${i}`));
    }
    expect(device.state).toMatchObject({ identity: 'sole' });
  });
});

describe('P3a, P5 report', () => {
  const reporting = () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(reported);
    expect(device.state).toMatchObject({ report: 'live' });
    return device;
  };

  test('unknown until something was measured', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(missed)).toEqual([]);
    expect(device.send(reportedNothing)).toEqual([]);
    expect(device.state).toMatchObject({ report: 'unknown' });
    expect(device.send(reported)).toEqual([['noteReport', { status: 'live' }]]);
  });

  test('a report of a live device changes no situation', () => {
    expect(reporting().send(reported)).toEqual([]);
  });

  test('stale where none comes, live with the next', () => {
    const device = reporting();
    expect(device.send(missed)).toEqual([['noteReport', { status: 'stale' }]]);
    expect(device.send(missed)).toEqual([]);
    expect(device.send(reported)).toEqual([['noteReport', { status: 'live' }]]);
  });

  test('stale while what it reports is old, however often it comes', () => {
    const device = reporting();
    expect(device.send(reportedOld)).toEqual([['noteReport', { status: 'stale' }]]);
    expect(device.send(reportedOld)).toEqual([]);
    expect(device.send(reported)).toEqual([['noteReport', { status: 'live' }]]);
  });

  test('old from the first report on: stale, never live', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(reportedOld)).toEqual([['noteReport', { status: 'stale' }]]);
  });

  test('a device that is lost keeps its freshness while it is reconnecting, and is stale when offline', () => {
    const device = reporting();
    device.send(disconnected('s1'));
    expect(device.state).toMatchObject({ report: 'live' });
    expect(device.elapse('grace')).toEqual([offline, ['noteReport', { status: 'stale' }]]);
  });

  test('a report of an offline device (P4: by a second socket) leaves it stale', () => {
    const device = reporting();
    device.send(disconnected('s1'));
    device.elapse('grace');
    device.send(reported);
    expect(device.asked.at(-1)).toEqual(['noteReport', { status: 'stale' }]);
    expect(device.state).toMatchObject({ report: 'stale' });
  });
});

describe('C3 commands leave in the order they were accepted, one at a time', () => {
  test('the next leaves when the one before it has ended', () => {
    const device = connected();
    for (const id of ['c1', 'c2', 'c3']) device.command(id);
    expect(device.asked(isSent)).toEqual([['c1 transmit']]);
    device.answer('c1');
    expect(device.asked((it) => isSent(it) || isEnding(it))).toEqual([
      ['noteEnding', { commandId: 'c1', status: 'success', attempts: 1, confirmedBy: 'response' }],
      ['c2 transmit'],
    ]);
    device.answer('c2');
    device.answer('c3');
    expect(device.asked(isSent)).toEqual([['c3 transmit']]);
    expect(device.queue).toEqual([]);
    expect(device.state).toMatchObject({ commands: 'idle' });
    device.command('c4');
    expect(device.asked(isSent)).toEqual([['c4 transmit']]);
  });

  test('one that waits may be cancelled, the order of the others stays', () => {
    const device = connected();
    for (const id of ['c1', 'c2', 'c3']) device.command(id);
    device.asked();
    device.send({ type: 'CANCEL', commandId: 'c2' });
    expect(device.asked()).toEqual([['noteEnding', { commandId: 'c2', status: 'cancelled', attempts: 0 }]]);
    expect(device.queue).toEqual(['c1', 'c3']);
    device.answer('c1');
    expect(device.asked(isSent)).toEqual([['c3 transmit']]);
  });

  test('C2 a response nobody waits for changes nothing', () => {
    const device = connected();
    device.command('c1');
    device.command('c2');
    device.asked();
    device.answer('c9');
    device.answer('c2');
    device.send({ type: 'CANCEL', commandId: 'c9' });
    expect(device.asked()).toEqual([]);
    expect(device.queue).toEqual(['c1', 'c2']);
    device.answer('c1');
    device.answer('c1');
    expect(device.asked(isEnding)).toHaveLength(1);
  });

  test('ids with dots and colons are ids', () => {
    const device = connected();
    device.command('a.b:c.d');
    device.answer('a.b:c.d');
    expect(device.queue).toEqual([]);
    expect(device.asked(isEnding)).toHaveLength(1);
  });

  test('at most 100 wait: one more may be under way, none is accepted beyond', () => {
    const device = connected();
    for (let i = 0; i <= 100; i++) {
      expect(hasRoom(device.actor.getSnapshot())).toBe(true);
      device.command(`c${i}`);
    }
    expect(hasRoom(device.actor.getSnapshot())).toBe(false);
    device.command('one-too-many');
    expect(device.queue).toHaveLength(101);
    device.answer('c0');
    expect(hasRoom(device.actor.getSnapshot())).toBe(true);
    device.command('c101');
    expect(device.queue).toHaveLength(101);
    expect(device.queue.at(-1)).toBe('c101');
  });

  test('at most 100 wait: for a device that is away, none is under way', () => {
    const device = live();
    for (let i = 0; i < 100; i++) device.command(`c${i}`, { ttlMs: 60_000 });
    expect(hasRoom(device.actor.getSnapshot())).toBe(false);
    device.command('one-too-many', { ttlMs: 60_000 });
    expect(device.queue).toHaveLength(100);
  });

  test('a silent device: the queue goes on after the timeout', () => {
    const device = connected();
    device.command('c1', { timeoutMs: 1000, maxAttempts: 2 });
    device.command('c2');
    device.advance(2000);
    expect(device.asked((it) => isSent(it) || isEnding(it))).toEqual([
      ['c1 transmit'],
      ['c1 transmit'],
      ['noteEnding', { commandId: 'c1', status: 'timeout', attempts: 2 }],
      ['c2 transmit'],
    ]);
  });
});

describe('commands and the connection', () => {
  test('C4 to an offline device: undelivered at once, unless it may wait', () => {
    const device = live();
    device.command('c1');
    expect(device.asked(isEnding)).toEqual([
      ['noteEnding', { commandId: 'c1', status: 'undelivered', attempts: 0, message: 'the device is offline' }],
    ]);
    device.command('c2', { ttlMs: 60_000 });
    device.command('c3', { ttlMs: 60_000 });
    device.advance(30_000);
    expect(device.queue).toEqual(['c2', 'c3']);
    device.register('s1');
    device.answer('c2');
    expect(device.asked(isSent)).toEqual([['c2 transmit'], ['c3 transmit']]);
  });

  test('every command knows that the device is online before the first gets its turn', () => {
    const device = live();
    device.command('c1', { ttlMs: 60_000 });
    device.asked();
    device.register('s1');
    expect(device.asked().map(([effect]) => effect)).toEqual(['noteConnection', 'askState', 'c1 note', 'c1 transmit']);
  });

  test('reconnecting: it waits for the device without a ttl, and is undelivered when the grace is over', () => {
    const device = connected({ graceMs: 1000 });
    device.lose('s1');
    device.command('c1');
    device.command('c2');
    expect(device.queue).toEqual(['c1', 'c2']);
    device.advance(1000);
    expect(device.asked(isEnding).map(([, it]) => it)).toMatchObject([
      { commandId: 'c1', status: 'undelivered' },
      { commandId: 'c2', status: 'undelivered' },
    ]);
    expect(device.state).toMatchObject({ commands: 'idle', connection: 'offline' });
  });

  test('the first in line is undelivered when its ttl runs out, and the next one is not held up', () => {
    const device = live();
    device.command('c1', { ttlMs: 1000 });
    device.command('c2', { ttlMs: 60_000 });
    device.advance(1000);
    device.register('s1');
    expect(device.asked((it) => isSent(it) || isEnding(it))).toEqual([
      ['noteEnding', { commandId: 'c1', status: 'undelivered', attempts: 0, message: 'its time to live ran out' }],
      ['c2 transmit'],
    ]);
  });

  test('restored commands go on in their order: what was sent is first, and is not sent anew for that', () => {
    const device = live({
      link: 'reconnecting',
      commands: [
        { spec: specOf({ commandId: 'c1' }), progress: progressOf({ status: 'sent', attempt: 1, leftMs: 4000 }) },
        { spec: specOf({ commandId: 'c2' }), progress: progressOf({}) },
      ],
    });
    expect(device.state).toMatchObject({ commands: 'busy', connection: 'reconnecting' });
    device.register('s1');
    expect(device.asked(isSent)).toEqual([]);
    device.answer('c1');
    expect(device.asked((it) => isSent(it) || isEnding(it))).toMatchObject([
      ['noteEnding', { commandId: 'c1', status: 'success', attempts: 1 }],
      ['c2 transmit'],
    ]);
  });

  test('restored commands of an offline device: each gets the ending that is true', () => {
    const device = live({
      commands: [
        { spec: specOf({ commandId: 'c1' }), progress: progressOf({ status: 'verifying', attempt: 1 }) },
        { spec: specOf({ commandId: 'c2' }), progress: progressOf({}) },
        { spec: specOf({ commandId: 'c3', ttlMs: 5000 }), progress: progressOf({ leftMs: 200 }) },
      ],
    });
    device.advance(200);
    expect(device.asked(isEnding).map(([, it]) => it)).toMatchObject([
      { commandId: 'c1', status: 'timeout', attempts: 1 },
      { commandId: 'c2', status: 'undelivered' },
      { commandId: 'c3', status: 'undelivered' },
    ]);
  });
});

describe('C1 the baseline of a toggle', () => {
  const playing: Observation = { playback: 'playing' };
  const toggle = { command: 'vlc:pause' } as const;
  const effects = (device: ReturnType<typeof live>) => device.asked().map(([effect]) => effect);

  test('is what was measured since the last command, where that is recent', () => {
    const device = connected();
    device.command('c1', toggle, playing);
    expect(device.asked()).toContainEqual([
      'c1 note',
      { status: 'sent', attempt: 1, baseline: playing, leftMs: 10_000 },
    ]);
  });

  test('is asked for, where nothing was', () => {
    const device = connected();
    device.command('c1', toggle);
    expect(effects(device)).toEqual(['c1 note', 'c1 askState']);
    device.report(playing);
    expect(device.asked()).toContainEqual([
      'c1 note',
      { status: 'sent', attempt: 1, baseline: playing, leftMs: 10_000 },
    ]);
  });

  test('is asked for after the command before it, even if a state is known from before', () => {
    const device = connected();
    device.command('c1');
    device.command('c2', toggle, playing);
    device.asked();
    device.answer('c1');
    expect(effects(device)).toEqual(['noteEnding', 'c2 askState']);
  });

  test('is asked for by a command that waited for the device', () => {
    const device = live();
    device.command('c1', { ...toggle, ttlMs: 60_000 }, playing);
    device.asked();
    device.register('s1');
    expect(effects(device)).toEqual(['noteConnection', 'askState', 'c1 askState']);
  });

  test('a report that says nothing of the playback is none', () => {
    const device = connected();
    device.command('c1', toggle);
    device.asked();
    device.report(null);
    expect(device.asked()).toEqual([['noteReport', { status: 'live' }]]);
    device.advance(1000);
    expect(effects(device)).toEqual(['c1 note', 'c1 transmit']);
  });

  test('only the first in line is shown the reports', () => {
    const device = connected();
    device.command('c1', toggle);
    device.command('c2', toggle);
    device.asked();
    device.report(playing);
    expect(device.asked(isSent)).toEqual([['c1 transmit']]);
  });

  test('after silence the state decides: the effect is there', () => {
    const device = connected();
    device.command('c1', { ...toggle, timeoutMs: 1000 }, playing);
    device.advance(1000);
    device.report({ playback: 'paused' });
    expect(device.asked((it) => isSent(it) || isEnding(it))).toEqual([
      ['c1 transmit'],
      ['noteEnding', { commandId: 'c1', status: 'success', attempts: 1, confirmedBy: 'state' }],
    ]);
  });
});

describe('what the actor is spared', () => {
  test('the reports of a live device that has nothing to do, and no others', () => {
    const device = connected();
    const attentive = () => attends(device.actor.getSnapshot());
    expect(attentive()).toBe(true);
    device.report(null);
    expect(attentive()).toBe(false);
    device.command('c1');
    expect(attentive()).toBe(true);
    device.answer('c1');
    expect(attentive()).toBe(false);
    device.send(missed);
    expect(device.state).toMatchObject({ report: 'stale' });
    expect(attentive()).toBe(true);
  });
});

test('every transition of the machine was taken by the tests above', () => {
  expect(declared.length).toBeGreaterThan(20);
  expect(declared.filter((transition) => !taken.has(transition))).toEqual([]);
});
