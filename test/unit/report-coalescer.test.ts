import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailbox } from '../../src/gateway/mailbox.ts';
import { ReportCoalescer } from '../../src/gateway/report-coalescer.ts';
import { WorkQueue } from '../../src/gateway/work-queue.ts';
import { deferred } from '../support/deferred.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const DEVICE = 'screen-1';
const clock = { now: () => performance.now() };

/** A coalescer and the reports that it processed, in order. */
function coalescer() {
  const taken: string[] = [];
  const queue = { size: 0 };
  const superseded = vi.fn();
  const it = new ReportCoalescer(queue, clock, superseded);
  const report = (name: string, deviceId = 'another') =>
    it.add(deviceId, { process: () => taken.push(name), supersedes: () => true });
  return { it, taken, report, queue, superseded };
}

/** A player's mailbox at a coalescer in which reports wait: another player's report was the first. */
function mailboxAt(
  { it, taken, report }: ReturnType<typeof coalescer>,
  checkLease = (): Promise<void> | undefined => undefined,
) {
  report('another');
  const mailbox = new Mailbox({ queue: new WorkQueue(clock), coalescer: it, checkLease }, { deviceId: DEVICE });
  const take = (name: string) => () => {
    taken.push(name);
    return undefined;
  };
  return { mailbox, take };
}

test('a report after a pause is processed at once, those that follow together, in order of arrival', () => {
  const { it, taken, report } = coalescer();
  for (const name of ['first', 'second', 'third']) report(name);
  expect(taken).toEqual(['first']);
  it.flush();
  expect(taken).toEqual(['first', 'second', 'third']);
  report('fourth');
  expect(taken).toHaveLength(3);
});

test('without batches reports are processed all the same, and after a pause at once again', () => {
  const { taken, report } = coalescer();
  report('first');
  report('second');
  vi.advanceTimersByTime(150);
  expect(taken).toEqual(['first', 'second']);
  report('third');
  expect(taken).toHaveLength(2);
  vi.advanceTimersByTime(300);
  report('fourth');
  expect(taken).toEqual(['first', 'second', 'third', 'fourth']);
});

test('no more than a thousand reports are held', () => {
  const { taken, report } = coalescer();
  for (let i = 0; i < 1000; i++) report(String(i));
  expect(taken).toHaveLength(1);
  report('1000');
  expect(taken).toHaveLength(1001);
});

describe('S9 when more arrives than can be processed', () => {
  /** Keeps it full: one report of each of a thousand devices is held. */
  function overloaded() {
    const it = coalescer();
    it.queue.size = 1;
    for (let i = 0; i <= 1000; i++) it.report(`${i}`, `screen-${i}`);
    expect(it.taken).toEqual(['0']);
    return it;
  }

  test('a newer state of a device replaces the waiting one; one of a device without any waits as well', () => {
    const { it, taken, report, queue, superseded } = overloaded();
    for (const name of ['2 again', '2 once more']) report(name, 'screen-2');
    report('of one more', 'one-more');
    expect(superseded).toHaveBeenCalledTimes(2);
    queue.size = 0;
    it.flush();
    expect(taken.slice(0, 4)).toEqual(['0', '1', '2 once more', '3']);
    expect(taken).toHaveLength(1002);
    expect(taken.at(-1)).toBe('of one more');
  });

  test('reports sent before a command, an answer or a disconnect are not superseded by later ones', () => {
    const { it, taken, report } = overloaded();
    it.flushOf('screen-2');
    expect(taken).toEqual(['0', '2']);
    report('2 again', 'screen-2');
    it.flushOf('screen-2');
    expect(taken).toEqual(['0', '2', '2 again']);
  });

  test('once all waiting reports are processed, the next report lets in the held ones', () => {
    const { taken, report, queue, superseded } = overloaded();
    queue.size = 0;
    report('2 again', 'screen-2');
    expect(superseded).not.toHaveBeenCalled();
    expect(taken).toHaveLength(1001);
  });

  test('held reports wait for a second, and then until no more than a thousand are queued', () => {
    const { it, taken, queue } = overloaded();
    queue.size = 1000;
    vi.advanceTimersByTime(900);
    it.flush();
    expect(taken).toHaveLength(1);
    queue.size = 1001;
    vi.advanceTimersByTime(5000);
    expect(taken).toHaveLength(1);
    queue.size = 1000;
    vi.advanceTimersByTime(150);
    expect(taken).toHaveLength(1001);
  });
});

test('messages that a player sends after a report are processed after it', () => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  mailbox.report({ process: take('report'), supersedes: () => true }, true);
  expect(held.taken).toEqual(['another']);
  mailbox.add(take('answer'));
  expect(held.taken).toEqual(['another', 'report', 'answer']);
});

test('reports of other devices keep waiting', () => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  held.report('report of another');
  mailbox.report({ process: take('acknowledged'), supersedes: () => true }, false);
  mailbox.add(take('answer'));
  expect(held.taken).toEqual(['another', 'acknowledged', 'answer']);
  held.it.flush();
  expect(held.taken.at(-1)).toBe('report of another');
});

test('of a device that is not known yet nothing is held, and it comes after all held reports: it may be any device', () => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  const unknown = new Mailbox(
    { queue: new WorkQueue(clock), coalescer: held.it, checkLease: () => undefined },
    { deviceId: undefined },
  );
  unknown.report({ process: take('of nobody'), supersedes: () => true }, true);
  mailbox.report({ process: take('report'), supersedes: () => true }, true);
  unknown.add(take('register'));
  expect(held.taken).toEqual(['another', 'of nobody', 'report', 'register']);
});

test('P4 of one device two sockets report in order of arrival', () => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  const second = new Mailbox(
    { queue: new WorkQueue(clock), coalescer: held.it, checkLease: () => undefined },
    { deviceId: DEVICE },
  );
  mailbox.report({ process: take('state'), supersedes: () => true }, true);
  second.report({ process: take('update'), supersedes: () => true }, true);
  mailbox.report({ process: take('state again'), supersedes: () => true }, true);
  held.it.flush();
  expect(held.taken).toEqual(['another', 'state', 'update', 'state again']);
});

test('P4 a report with an acknowledgement is processed at once, after earlier reports of the second socket', () => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  const second = new Mailbox(
    { queue: new WorkQueue(clock), coalescer: held.it, checkLease: () => undefined },
    { deviceId: DEVICE },
  );
  second.report({ process: take('update'), supersedes: () => true }, true);
  mailbox.report({ process: take('state'), supersedes: () => true }, false);
  expect(held.taken).toEqual(['another', 'update', 'state']);
});

test.each([
  ['who leaves has said first what is held of it', 'end'],
  ['C1 what is held came before the answer to a ping that came after it', 'after'],
] as const)('%s', (_, then) => {
  const held = coalescer();
  const { mailbox, take } = mailboxAt(held);
  mailbox.report({ process: take('report'), supersedes: () => true }, true);
  mailbox[then](take('then'));
  expect(held.taken).toEqual(['another', 'report', 'then']);
});

test('a report that waits until the device’s owner is certain keeps its place', async () => {
  const held = coalescer();
  const doubt = deferred<void>();
  const { mailbox, take } = mailboxAt(held, () => doubt.promise);
  mailbox.report({ process: take('report'), supersedes: () => true }, true);
  mailbox.add(take('answer'));
  mailbox.end(take('left'));
  expect(held.taken).toEqual(['another']);
  doubt.resolve();
  await vi.waitFor(() => expect(held.taken).toEqual(['another', 'report', 'answer', 'left']));
});
