import { describe, expect, test } from 'vitest';
import { createActor, transition } from 'xstate';
import { attends, awoken, type DeviceEvent, deviceMachine, hasRoom, restOf } from '../../../machines/device.ts';
import type { Observation } from '../../../machines/observation.ts';
import { progressOf, specOf } from '../../support/commands.ts';
import { withCoverage } from '../../support/coverage.ts';
import { deviceInputOf, deviceLife, sessionOf } from '../../support/device-life.ts';
import { pureLife } from '../../support/pure-life.ts';

const { machine, declared, taken } = withCoverage(deviceMachine);

const pure = (given: Parameters<typeof deviceInputOf>[0] = {}) => pureLife(machine, deviceInputOf(given));
const live = (given: Parameters<typeof deviceInputOf>[0] = {}) => deviceLife(machine, given);

const registered = (id: string, mac = 'one', address?: string) =>
  ({ type: 'REGISTERED', session: sessionOf(id, mac, address) }) as const;
const answered = (sessionId: string) => ({ type: 'ANSWERED', sessionId }) as const;
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

describe('rest', () => {
  const quiet = () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(reported);
    return device;
  };
  const command = { type: 'COMMAND', spec: specOf(), baseline: null } as const;

  test('a live device without commands can rest', () => {
    expect(restOf(quiet().snapshot)).toMatchObject({ session: { id: 's1' }, displaced: [], queue: [] });
  });

  test.each<[string, DeviceEvent[]]>([
    ['is away', [disconnected('s1')]],
    ['has no current measurement', [reportedOld]],
    ['does not report', [missed]],
    ['has a command', [command]],
    ['may have a rival, which is being asked', [registered('s2', 'two')]],
    ['has a rival', [registered('s2', 'two'), answered('s1')]],
  ])('one that %s cannot', (_, events) => {
    const device = quiet();
    for (const event of events) device.send(event);
    expect(restOf(device.snapshot)).toBeUndefined();
  });

  test('one that has not registered, or not reported yet, cannot', () => {
    const device = pure();
    expect(restOf(device.snapshot)).toBeUndefined();
    device.send(registered('s1'));
    expect(restOf(device.snapshot)).toBeUndefined();
  });

  test.each<DeviceEvent>([
    registered('s1'),
    registered('s2'),
    registered('s2', 'two'),
    disconnected('s1'),
    disconnected('s2'),
    answered('s1'),
    reported,
    reportedOld,
    missed,
    command,
    { type: 'CANCEL', commandId: 'unknown' },
  ])('woken, it does with $type what it would have done awake', (event) => {
    const { snapshot } = quiet();
    const rest = restOf(snapshot);
    if (!rest) throw new Error('It cannot rest.');
    const woken = createActor(machine, { snapshot: awoken(rest), input: deviceInputOf() }).getSnapshot();
    const outcome = ([next, actions]: ReturnType<typeof transition<typeof machine>>) => ({
      value: next.value,
      context: { ...next.context, queue: next.context.queue.map(({ id }) => id) },
      actions: actions.map(({ type, params }) => [type, type.startsWith('xstate.') ? undefined : params]),
    });
    expect(woken.value).toEqual(snapshot.value);
    expect(outcome(transition(machine, woken, event))).toEqual(outcome(transition(machine, snapshot, event)));
  });
});

describe('connection', () => {
  test('a device starts offline, and requests nothing', () => {
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

  test('P5 right after registering it is noted online and its state is requested', () => {
    const device = pure();
    expect(device.send(registered('s1'))).toEqual([online, ['askState']]);
    expect(device.state).toMatchObject({ connection: 'online' });
  });

  test('P2 registering again on the same socket is harmless', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(registered('s1'))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'online', identity: 'sole' });
  });

  test('D2 a disconnected device is reconnecting for its grace period, with the reason, then offline', () => {
    const device = pure({ graceMs: 15_000 });
    device.send(registered('s1'));
    expect(device.send(disconnected('s1'))).toEqual([reconnecting]);
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
    expect(device.waits).toEqual({ grace: 15_000 });
    expect(device.elapse('grace')).toEqual([offline]);
    expect(device.state).toMatchObject({ connection: 'offline' });
  });

  test('a device that returns within its grace period was never offline', () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(disconnected('s1'));
    expect(device.send(registered('s2'))).toEqual([online, ['askState']]);
    expect(device.waits).toEqual({});
  });

  test('devices connected before a server restart may return within the grace period', () => {
    const device = pure({ link: 'reconnecting' });
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
    expect(device.asked).toEqual([]);
    expect(device.waits).toEqual({ grace: 15_000 });
    expect(device.elapse('grace')).toEqual([offline]);
    expect(device.send(registered('s1'))).toEqual([online, ['askState']]);
  });

  test('a second disconnect of the same session, or of an unknown one, changes nothing', () => {
    const device = pure();
    expect(device.send(disconnected('s1'))).toEqual([]);
    device.send(registered('s1'));
    device.send(disconnected('s1'));
    expect(device.send(disconnected('s1'))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'reconnecting' });
  });
});

describe('P8 takeover', () => {
  test('the same machine: the older session is ended before anything is requested from the new one', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(registered('s2'))).toEqual([['endSession', { sessionId: 's1' }], online, ['askState']]);
    expect(device.snapshot.context.session).toMatchObject({ id: 's2' });
    expect(device.snapshot.context.displaced).toEqual([]);
  });

  test("the older one's late disconnect changes nothing", () => {
    const device = pure();
    device.send(registered('s1'));
    device.send(registered('s2'));
    expect(device.send(disconnected('s1'))).toEqual([]);
    expect(device.state).toMatchObject({ connection: 'online' });
    expect(device.send(disconnected('s2'))).toEqual([reconnecting]);
  });

  test('a running command survives it', () => {
    const device = connected();
    device.command('c1');
    device.register('s2', 'two');
    expect(device.asked().map(([effect]) => effect)).toEqual([
      'c1 note',
      'c1 note',
      'c1 transmit',
      'probe',
      'noteConnection',
      'askState',
    ]);
    device.answer('c1');
    expect(device.asked(isEnding)).toHaveLength(1);
  });

  test('returning from elsewhere after a disconnect is no takeover', () => {
    const device = pure();
    device.send(registered('s1', 'one'));
    device.send(disconnected('s1'));
    expect(device.send(registered('s2', 'two'))).toEqual([online, ['askState']]);
  });
});

describe('P8 conflict', () => {
  const conflict = (...rivals: string[]) => ['noteConflict', { rivals }];
  const recall = (sessionId: string) => ['recall', { sessionId }];
  const ended = (sessionId: string) => ['endSession', { sessionId }];
  const contested = () => {
    const device = pure();
    device.send(registered('s1', 'one'));
    device.send(registered('s2', 'two'));
    device.send(answered('s1'));
    return device;
  };
  const idsOf = (device: ReturnType<typeof pure>) => device.snapshot.context.displaced.map(({ id }) => id);

  test('another machine registers: the older session is kept, and probed', () => {
    const device = pure();
    device.send(registered('s1', 'one'));
    expect(device.send(registered('s2', 'two'))).toEqual([['probe', { sessionId: 's1' }], online, ['askState']]);
    expect(device.state).toMatchObject({ identity: 'sole', connection: 'online' });
    expect(device.waits).toEqual({ 'probe s1': 5000 });
  });

  test('it answers: that is a conflict at once', () => {
    const device = contested();
    expect(device.asked).toEqual([conflict('s1')]);
    expect(device.state).toMatchObject({ identity: 'contested', connection: 'online' });
    expect(device.waits).toEqual({});
    expect(device.send(answered('s1'))).toEqual([]);
  });

  test('it does not answer: it is a dead connection, and is ended', () => {
    const device = pure();
    device.send(registered('s1', 'one'));
    device.send(registered('s2', 'two'));
    expect(device.elapse('probe s1')).toEqual([ended('s1')]);
    expect(device.state).toMatchObject({ identity: 'sole' });
    expect(idsOf(device)).toEqual([]);
  });

  test('without hardware addresses the peer address decides', () => {
    const device = pure();
    device.send(registered('s1', '', '192.0.2.1'));
    expect(device.send(registered('s2', 'two', '192.0.2.1'))).toContainEqual(ended('s1'));
    expect(device.send(registered('s3', '', '192.0.2.3'))).toContainEqual(['probe', { sessionId: 's2' }]);
  });

  test('the newer one leaves: the displaced one is recalled, and registers again by itself', () => {
    const device = contested();
    expect(device.send(disconnected('s2'))).toEqual([recall('s1'), reconnecting, conflict('s1')]);
    expect(device.send(registered('s1', 'one'))).toEqual([conflict(), online, ['askState']]);
    expect(device.state).toMatchObject({ identity: 'sole', connection: 'online' });
  });

  test('the displaced one leaves: the conflict is over', () => {
    const device = contested();
    expect(device.send(disconnected('s1'))).toEqual([conflict()]);
    expect(device.state).toMatchObject({ identity: 'sole', connection: 'online' });
  });

  test('the displaced one leaves before it has answered', () => {
    const device = pure();
    device.send(registered('s1', 'one'));
    device.send(registered('s2', 'two'));
    expect(device.send(disconnected('s1'))).toEqual([]);
    expect(device.waits).toEqual({});
  });

  test('the recalled one is gone as well: the next one is recalled', () => {
    const device = contested();
    device.send(registered('s3', 'three'));
    device.send(answered('s2'));
    expect(idsOf(device)).toEqual(['s1', 's2']);
    expect(device.send(disconnected('s3'))).toContainEqual(recall('s2'));
    expect(device.send(disconnected('s2'))).toEqual([recall('s1'), conflict('s1')]);
    expect(device.send(disconnected('s1'))).toEqual([conflict()]);
    expect(device.state).toMatchObject({ identity: 'sole', connection: 'reconnecting' });
  });

  test('one known to be alive is recalled before one that is not', () => {
    const device = contested();
    device.send(registered('s3', 'three'));
    expect(device.send(disconnected('s3'))).toContainEqual(recall('s1'));
    expect(device.elapse('probe s2')).toContainEqual(ended('s2'));
  });

  test('a displaced machine that reconnects becomes the device, and its older session is ended', () => {
    const device = contested();
    expect(device.send(registered('s3', 'one'))).toEqual([
      ended('s1'),
      ['probe', { sessionId: 's2' }],
      conflict('s2'),
      online,
      ['askState'],
    ]);
    expect(device.state, 'it goes on: nothing says that it is over').toMatchObject({ identity: 'contested' });
    expect(device.elapse('probe s2')).toEqual([ended('s2'), conflict()]);
    expect(device.state).toMatchObject({ identity: 'sole' });
  });

  test('four displaced sessions are kept; the oldest beyond them is ended', () => {
    const device = pure();
    for (let i = 1; i <= 5; i++) device.send(registered(`s${i}`, `mac ${i}`));
    expect(idsOf(device)).toEqual(['s1', 's2', 's3', 's4']);
    expect(device.send(registered('s6', 'mac 6'))).toContainEqual(ended('s1'));
    expect(idsOf(device)).toEqual(['s2', 's3', 's4', 's5']);
    expect(Object.keys(device.waits)).toEqual(['probe s2', 'probe s3', 'probe s4', 'probe s5']);
  });

  test('K7 displaced sessions at other instances are taken over: live ones silently, the others are probed', () => {
    const displaced = [
      { ...sessionOf('s1', 'one'), isAlive: true },
      { ...sessionOf('s2', 'two'), isAlive: false },
    ];
    const device = pure({ link: 'reconnecting', session: sessionOf('s3', 'three'), displaced });
    expect(device.asked).toEqual([
      ['probe', { sessionId: 's2' }],
      ['noteConflict', { rivals: ['s1', 's2'] }],
    ]);
    expect(device.send(registered('s4', 'three'))).toContainEqual(ended('s3'));
    expect(idsOf(device)).toEqual(['s1', 's2']);
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

  test('unknown until the first measurement', () => {
    const device = pure();
    device.send(registered('s1'));
    expect(device.send(missed)).toEqual([]);
    expect(device.send(reportedNothing)).toEqual([]);
    expect(device.state).toMatchObject({ report: 'unknown' });
    expect(device.send(reported)).toEqual([['noteReport', { status: 'live' }]]);
  });

  test('a report of a live device does not change its status', () => {
    expect(reporting().send(reported)).toEqual([]);
  });

  test('stale when none arrives, live with the next', () => {
    const device = reporting();
    expect(device.send(missed)).toEqual([['noteReport', { status: 'stale' }]]);
    expect(device.send(missed)).toEqual([]);
    expect(device.send(reported)).toEqual([['noteReport', { status: 'live' }]]);
  });

  test('stale while its measurement is old, however often it arrives', () => {
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

  test('a disconnected device keeps its freshness while reconnecting, and is stale when offline', () => {
    const device = reporting();
    device.send(disconnected('s1'));
    expect(device.state).toMatchObject({ report: 'live' });
    expect(device.elapse('grace')).toEqual([offline, ['noteReport', { status: 'stale' }]]);
  });

  test('a report of an offline device (P4: by a second socket) leaves it stale', () => {
    const device = reporting();
    device.send(disconnected('s1'));
    device.elapse('grace');
    expect(device.send(reported)).toEqual([]);
    expect(device.state).toMatchObject({ report: 'stale' });
  });

  test('it makes the first report of an offline device stale', () => {
    const device = pure();
    expect(device.send(reported)).toEqual([['noteReport', { status: 'stale' }]]);
  });
});

describe('C3 commands are sent in the order of acceptance, one at a time', () => {
  test('the next one is sent when the previous one has ended', () => {
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

  test('a waiting one may be cancelled, the order of the others stays', () => {
    const device = connected();
    for (const id of ['c1', 'c2', 'c3']) device.command(id);
    device.asked();
    device.send({ type: 'CANCEL', commandId: 'c2' });
    expect(device.asked()).toEqual([['noteEnding', { commandId: 'c2', status: 'cancelled', attempts: 0 }]]);
    expect(device.queue).toEqual(['c1', 'c3']);
    device.answer('c1');
    expect(device.asked(isSent)).toEqual([['c3 transmit']]);
  });

  test('C2 a response to no pending command changes nothing', () => {
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

  test('ids may contain dots and colons', () => {
    const device = connected();
    device.command('a.b:c.d');
    device.answer('a.b:c.d');
    expect(device.queue).toEqual([]);
    expect(device.asked(isEnding)).toHaveLength(1);
  });

  test('at most 100 wait: one more may be running, none is accepted beyond', () => {
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

  test('at most 100 wait: for a disconnected device, none is running', () => {
    const device = live();
    for (let i = 0; i < 100; i++) device.command(`c${i}`, { ttlMs: 60_000 });
    expect(hasRoom(device.actor.getSnapshot())).toBe(false);
    device.command('one-too-many', { ttlMs: 60_000 });
    expect(device.queue).toHaveLength(100);
  });

  test('a silent device: the queue continues after the timeout', () => {
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

  test('every command learns that the device is online before the first gets its turn', () => {
    const device = live();
    device.command('c1', { ttlMs: 60_000 });
    device.asked();
    device.register('s1');
    expect(device.asked().map(([effect]) => effect)).toEqual(['noteConnection', 'askState', 'c1 note', 'c1 transmit']);
  });

  test('a session returned by another instance is noticed: waiting commands are sent', () => {
    const device = live({
      link: 'reconnecting',
      session: sessionOf('s1'),
      commands: [{ spec: specOf({ commandId: 'c1' }), progress: progressOf({}) }],
    });
    device.register('s1');
    expect(device.asked(isSent)).toEqual([['c1 transmit']]);
  });

  test('reconnecting: it waits for the device without a ttl, and is undelivered when the grace period ends', () => {
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

  test('all learn of a disconnect: a due repetition waits for the next session', () => {
    const device = connected({ graceMs: 60_000 });
    device.command('c1');
    device.command('c2');
    device.lose('s1');
    device.advance(10_000);
    expect(device.asked(isSent)).toEqual([['c1 transmit']]);
    device.register('s2');
    expect(device.asked(isSent)).toEqual([['c1 transmit']]);
  });

  test('the first in line is undelivered when its ttl expires, and does not block the next one', () => {
    const device = live();
    device.command('c1', { ttlMs: 1000 });
    device.command('c2', { ttlMs: 60_000 });
    device.advance(1000);
    device.register('s1');
    expect(device.asked((it) => isSent(it) || isEnding(it))).toEqual([
      ['noteEnding', { commandId: 'c1', status: 'undelivered', attempts: 0, message: 'the time to live expired' }],
      ['c2 transmit'],
    ]);
  });

  test('restored commands continue in order: the sent one is first, and is not sent again because of the restart', () => {
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

  test('restored commands of an offline device: each gets its correct ending', () => {
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

  test('is the measurement since the last command, if recent', () => {
    const device = connected();
    device.command('c1', toggle, playing);
    expect(device.asked()).toContainEqual([
      'c1 note',
      { status: 'sent', attempt: 1, baseline: playing, leftMs: 10_000 },
    ]);
  });

  test('is requested if there was none', () => {
    const device = connected();
    device.command('c1', toggle);
    expect(effects(device)).toEqual(['c1 note', 'c1 askState']);
    device.report(playing);
    expect(device.asked()).toContainEqual([
      'c1 note',
      { status: 'sent', attempt: 1, baseline: playing, leftMs: 10_000 },
    ]);
  });

  test('is requested after the previous command, even if an earlier state is known', () => {
    const device = connected();
    device.command('c1');
    device.command('c2', toggle, playing);
    device.asked();
    device.answer('c1');
    expect(effects(device)).toEqual(['noteEnding', 'c2 askState']);
  });

  test('is requested by a command that waited for the device', () => {
    const device = live();
    device.command('c1', { ...toggle, ttlMs: 60_000 }, playing);
    device.asked();
    device.register('s1');
    expect(effects(device)).toEqual(['noteConnection', 'askState', 'c1 askState']);
  });

  test('is no report without playback', () => {
    const device = connected();
    device.command('c1', toggle);
    device.asked();
    device.report(null);
    expect(device.asked()).toEqual([['noteReport', { status: 'live' }]]);
    device.advance(1000);
    expect(effects(device)).toEqual(['c1 note', 'c1 transmit']);
  });

  test('only the first in line receives the reports', () => {
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

describe('events that the actor need not process', () => {
  test('the reports of a live idle device, and no others', () => {
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
