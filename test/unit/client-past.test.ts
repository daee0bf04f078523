import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClientError } from '../../src/client/errors.ts';
import { exitWhenEnded } from '../../src/client/node.ts';
import { createPast } from '../../src/client/past.ts';
import { linesOf, recordsOf } from '../../src/client/storage.ts';

const T0 = Date.UTC(2026, 2, 1);
const HOUR = 3600_000;
const picture = new Uint8Array(8);
const clip = (item: string) => ({ vlc: { playing: true, currentItem: item } });

interface Sent {
  sentAt: string;
  reports: { from: string; to: string; state: { vlc: { currentItem: string } } }[];
}

/** Where each request waits until it is answered. */
let requests: { path: string; sent: Sent; answer(status?: number, code?: string): Promise<void> }[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: T0, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  requests = [];
  vi.stubGlobal('fetch', (url: string, { body }: { body: string | Uint8Array }) => {
    let resolve = (_: Response) => {};
    const response = new Promise<Response>((it) => {
      resolve = it;
    });
    const answer = (status = 204, code = '') => {
      resolve(status === 204 ? new Response(null, { status }) : Response.json({ code }, { status }));
      return vi.advanceTimersByTimeAsync(0).then(() => {});
    };
    requests.push({ path: url, sent: typeof body === 'string' ? JSON.parse(body) : undefined, answer });
    return response;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function disk(lines = '') {
  const it = {
    lines,
    read: () => recordsOf(it.lines),
    append: (record: object) => {
      it.lines += linesOf([record]);
    },
    replace: (records: readonly object[]) => {
      it.lines = linesOf(records);
    },
  };
  return it;
}

function pastOf(journal?: ReturnType<typeof disk>) {
  const faults: string[] = [];
  const failed = (error: ClientError) => void faults.push(error.code);
  const past = createPast({ url: 'http://vigia', deviceId: 'd', token: 't', journal, failed });
  return { ...past, faults };
}

/** Time goes on, also by the device's clock. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Only the device's clock is set. */
const setClock = (by: number) => vi.setSystemTime(Date.now() + by);
/** How long before the sending it began and ended, as the server sees it. */
const ages = ({ sentAt, reports }: Sent) =>
  reports.map(({ from, to }) => [from, to].map((it) => (Date.parse(sentAt) - Date.parse(it)) / 1000));
const items = ({ reports }: Sent) => reports.map(({ state }) => state.vlc.currentItem);

for (const step of [6 * HOUR, -6 * HOUR, -2000]) {
  test(`X6, H13 a clock that is set by ${step / 1000} s when the network is back changes no time`, async () => {
    const past = pastOf();
    past.measured(clip('a'));
    await pass(30_000);
    past.measured(clip('b'));
    past.pictured(performance.now(), picture);
    setClock(step);
    past.registered();
    await pass(3000);
    expect(requests.map(({ sent }) => ages(sent))).toEqual([
      [
        [33, 3],
        [3, 3],
      ],
    ]);
    await requests[0]?.answer();
    expect(requests[1]?.path).toContain('ageMs=3000');
    await requests[1]?.answer();

    // The next time without a connection is by the new clock.
    past.lost();
    past.measured(clip('c'));
    await pass(10_000);
    past.registered();
    await pass(3000);
    expect(Date.parse(String(requests[2]?.sent.sentAt))).toBe(Date.now());
  });
}

test('X6 a gap of less than 5 s is not sent, even if the clock is set meanwhile', async () => {
  const past = pastOf();
  past.measured(clip('a'));
  await pass(4000);
  setClock(6 * HOUR);
  past.registered();
  await pass(60_000);
  expect(requests).toEqual([]);
});

test('X6 states of an earlier process go by the clock, and wait while it says that they are to come', async () => {
  const journal = disk();
  const first = pastOf(journal);
  first.measured(clip('a'));
  await pass(20_000);
  first.measured(clip('b'));

  setClock(-20_000);
  const second = pastOf(journal);
  second.measured(clip('c'));
  await pass(10_000);
  second.measured(clip('d'));
  second.registered();
  await pass(3000);
  // Measured by this process.
  expect(items((requests[0] as (typeof requests)[0]).sent)).toEqual(['c', 'd']);
  await requests[0]?.answer();
  expect(requests.length).toBe(1);
  setClock(HOUR);
  await pass(15_000);
  const { sent } = requests[1] as (typeof requests)[0];
  expect(items(sent)).toEqual(['a', 'b']);
  expect(sent.reports[0]?.from).toBe(new Date(T0).toISOString());
  expect(Date.parse(sent.sentAt)).toBe(Date.now());
  await requests[1]?.answer();
  expect(journal.lines).toBe('');
});

test('X6 a connection that is lost during an upload loses none of the states, and none is sent twice at once', async () => {
  const past = pastOf(disk());
  for (let i = 0; i < 120; i++) {
    past.measured(clip(`${i}`));
    await pass(100);
  }
  past.registered();
  await pass(3000);
  past.lost();
  // What lasts is longer than what is being sent.
  past.measured(clip('119'));
  await pass(2000);
  past.registered();
  await pass(60_000);
  expect(requests.length).toBe(1);
  for (let i = 0; i < requests.length; i++) await requests[i]?.answer();
  expect(requests.map(({ sent }) => sent.reports.length)).toEqual([50, 50, 20]);
  expect(requests.flatMap(({ sent }) => items(sent))).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`));
});

const outcomes: [name: string, answer: [status: number, code?: string]][] = [
  ['taken', [204]],
  ['refused', [400, 'invalid_payload']],
];

test.each(outcomes)(
  'X6 an upload that is %s after close() leaves the journal as the next player wrote it',
  async (_, answer) => {
    const journal = disk();
    const past = pastOf(journal);
    for (const item of ['a', 'b']) {
      past.measured(clip(item));
      await pass(5000);
    }
    past.registered();
    await pass(3000);
    past.close();
    const next = pastOf(journal);
    next.measured(clip('c'));
    const { lines } = journal;
    expect(lines).toContain('"c"');
    await requests[0]?.answer(...answer);
    await pass(60_000);
    expect([journal.lines, requests.length, past.faults]).toEqual([lines, 1, []]);
    // The next one sends what it found, too.
    next.registered();
    for (let i = 1; i < 3; i++) {
      await pass(20_000);
      await requests[i]?.answer();
    }
    expect(requests.slice(1).flatMap(({ sent }) => items(sent))).toEqual(['a', 'b', 'c']);
    expect(journal.lines).toBe('');
  },
);

test('H13 a state that goes on while it is sent is sent again, with its end', async () => {
  const past = pastOf();
  past.measured(clip('a'));
  await pass(10_000);
  past.measured(clip('a'));
  past.registered();
  await pass(3000);
  past.lost();
  await pass(10_000);
  past.measured(clip('a'));
  await requests[0]?.answer();
  past.registered();
  await pass(3000);
  const [one, two] = requests.map(({ sent }) => sent.reports[0]);
  expect(two?.from).toBe(one?.from);
  expect(Date.parse(String(two?.to)) - Date.parse(String(one?.to))).toBe(13_000);
});

test('X6 of a batch that is refused, the others are sent one by one', async () => {
  const past = pastOf();
  for (const item of ['a', 'bad', 'c']) {
    past.measured(clip(item));
    await pass(5000);
  }
  past.registered();
  await pass(3000);
  for (let i = 0; i < requests.length; i++) {
    const isBad = items((requests[i] as (typeof requests)[0]).sent).includes('bad');
    await (isBad ? requests[i]?.answer(400, 'invalid_payload') : requests[i]?.answer());
  }
  expect(requests.map(({ sent }) => items(sent))).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  expect(past.faults).toEqual(['invalid_payload']);
});

test('X5 exitWhenEnded leaves the process alone when the program itself closes the connection', () => {
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const end = (code: string) =>
    exitWhenEnded({ onStatus: (told) => told({ link: 'ended', error: { code } as ClientError }) });
  end('unavailable');
  expect(exit).not.toHaveBeenCalled();
  for (const code of ['session_replaced', 'protocol_mismatch']) end(code);
  expect(exit.mock.calls).toEqual([[77], [78]]);
  exit.mockRestore();
});
