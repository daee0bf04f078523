import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { StateText } from '../../src/gateway/decoder.ts';
import { Mailbox } from '../../src/gateway/mailbox.ts';
import { contentOf, PlayerReport } from '../../src/gateway/player-reports.ts';
import { ReportCoalescer } from '../../src/gateway/report-coalescer.ts';
import { WorkQueue } from '../../src/gateway/work-queue.ts';

/** The clock stands still, so that no time slice is too short on a busy machine. */
const clock = { ...systemClock, now: () => 0 };

const update = (changes: object, more: object = {}) =>
  new StateText(JSON.stringify({ changes, ...more }), 'state:update');

/** The queue is so full that reports are conflated; returns what is processed afterwards. */
function overloaded() {
  const queue = { size: 1 };
  const coalescer = new ReportCoalescer(queue, clock, () => {});
  for (let i = 0; i <= 1000; i++) coalescer.add(`other-${i}`, { process: () => {}, supersedes: () => false });
  const taken: unknown[] = [];
  const socket = (id: string) => {
    const mailbox = new Mailbox(
      { queue: new WorkQueue(clock), coalescer, checkLease: () => undefined },
      { deviceId: 'screen' },
    );
    return (payload: StateText) => {
      const isPartial = payload.event === 'state:update';
      const report = new PlayerReport(id, isPartial, payload, (it) => {
        taken.push(contentOf(it.payload));
        return undefined;
      });
      mailbox.report(report, true);
    };
  };
  const flush = async () => {
    queue.size = 0;
    coalescer.flush();
    // Tasks beyond the time slice of this iteration.
    await setImmediate();
    return taken;
  };
  return { socket, flush };
}

test('S9 under overload newer sections replace older ones, and none is lost', async () => {
  const { socket, flush } = overloaded();
  const send = socket('1');
  for (let n = 0; n < 1000; n++) send(update({ [`part${n % 3}`]: n }, n === 500 ? { timestamp: 5 } : {}));
  expect(await flush()).toEqual([{ timestamp: 5, changes: { part0: 999, part1: 997, part2: 998 } }]);
});

test('S9 a whole state replaces all that waits before it, and later sections are kept beside it', async () => {
  const { socket, flush } = overloaded();
  const [first, second] = [socket('1'), socket('2')];
  second(update({ a: 1 }));
  first(new StateText('{"n":1}'));
  second(update({ a: 2 }));
  second(update({ b: 2 }));
  expect(await flush()).toEqual([{ n: 1 }, { changes: { a: 2, b: 2 } }]);
});

test('S9 alternating reports of two sockets are not conflated, and do not pile up', async () => {
  const { socket, flush } = overloaded();
  const sockets = [socket('1'), socket('2')];
  for (let n = 0; n < 100; n++) sockets[n % 2]?.(update({ n }));
  expect(await flush()).toEqual(Array.from({ length: 100 }, (_, n) => ({ changes: { n } })));
});

test('S9 an invalid partial state is refused alone', async () => {
  const { socket, flush } = overloaded();
  const send = socket('1');
  for (const text of ['{"changes":{"a":1}}', '{"changes":7}', '{"changes":{"b":1}}'])
    send(new StateText(text, 'state:update'));
  expect(await flush()).toEqual([{ changes: { a: 1 } }, { changes: 7 }, { changes: { b: 1 } }]);
});
