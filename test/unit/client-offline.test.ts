import { expect, onTestFinished, test, vi } from 'vitest';
import { createOfflineBuffer } from '../../src/client/offline-buffer.ts';
import { browserStorage, linesOf, recordsOf } from '../../src/client/storage.ts';

const playing = (item: string, time: number) => ({ vlc: { playing: true, currentItem: item, time } });

function disk() {
  const it = {
    lines: '',
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
const buffer = (journal?: ReturnType<typeof disk>) =>
  createOfflineBuffer(journal, (error) => {
    throw error;
  });

test('X6 one state for each time in which the same plays; a gap is not bridged', () => {
  const { add, states } = (() => {
    const it = buffer();
    return { add: it.add, states: () => it.states.map(({ from, to }) => [from, to]) };
  })();
  for (let at = 0; at <= 60_000; at += 5000) add(at, playing('a', at));
  for (let at = 65_000; at <= 80_000; at += 5000) add(at, playing('b', at));
  // Nobody measured for two minutes.
  add(200_000, playing('b', 7));
  expect(states()).toEqual([
    [0, 65_000],
    [65_000, 80_000],
    [200_000, 200_000],
  ]);
});

test('X6 it survives the end of the process, and a line that a power cut left incomplete', () => {
  const journal = disk();
  const first = buffer(journal);
  for (let at = 0; at <= 300_000; at += 5000) first.add(at, playing(at < 150_000 ? 'a' : 'b', at));
  // Far fewer writes than measurements.
  expect(journal.lines.split('\n').length).toBeLessThan(15);
  journal.lines += '{"at":310000,"state":{"vlc":{"pl';
  const second = buffer(journal);
  expect(second.states.map(({ from, to }) => [from, to])).toEqual([
    [0, 150_000],
    [150_000, 300_000],
  ]);
  const sendFirst = () => second.sent(second.states.slice(0, 1).map((it) => ({ it, to: it.to })));
  sendFirst();
  expect(buffer(journal).states).toEqual(second.states);
  sendFirst();
  expect([second.states, journal.lines]).toEqual([[], '']);
});

test('X6 it is bounded in number and in bytes: the oldest are dropped', () => {
  const journal = disk();
  const many = buffer(journal);
  for (let i = 0; i < 10_000; i++) many.add(i * 1000, playing(`clip-${i}`, 0));
  expect(many.states.length).toBe(2000);
  expect(many.states.at(-1)?.state).toEqual(playing('clip-9999', 0));
  expect(journal.lines.length).toBeLessThan(1_000_000);
  const large = buffer();
  for (let i = 0; i < 100; i++) large.add(i * 1000, { ...playing(`${i}`, 0), more: 'x'.repeat(100_000) });
  expect(large.states.length).toBeLessThan(41);
});

test('X4, X6 the storage is bounded, too: most in a web page, whose storage holds the commands as well', () => {
  const whole = { ...disk(), longest: 0 };
  const journal = Object.assign(whole, {
    append(record: object) {
      whole.lines += linesOf([record]);
      whole.longest = Math.max(whole.longest, whole.lines.length);
    },
    read: () => recordsOf(whole.lines),
    replace: (records: readonly object[]) => {
      whole.lines = linesOf(records);
    },
  });
  const fill = (it: ReturnType<typeof buffer>) => {
    for (let i = 0; i < 300; i++) it.add(i * 1000, { ...playing(`${i}`, 0), more: 'x'.repeat(100_000) });
  };
  fill(buffer(journal));
  expect(whole.longest).toBeLessThan(8_500_000);

  const stored = new Map<string, string>();
  let longest = 0;
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem(key: string, value: string) {
      longest = Math.max(longest, value.length);
      stored.set(key, value);
    },
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  const page = createOfflineBuffer(browserStorage().journal('reports'), (error) => {
    throw error;
  });
  fill(page);
  expect(longest).toBeLessThan(1_250_000);
  expect(page.states.at(-1)?.state).toMatchObject(playing('299', 0));
});
