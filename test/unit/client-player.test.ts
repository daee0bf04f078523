import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { afterAnswer, type CommandHandler, createIdempotentExecutor } from '../../src/client/idempotent-executor.ts';
import { restDelay } from '../../src/client/link.ts';
import { openStorage } from '../../src/client/node.ts';
import { changedSections } from '../../src/client/sections.ts';
import { type Journal, linesOf, recordsOf } from '../../src/client/storage.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const commandsOf = (handlers: Record<string, CommandHandler>) => (name: string) => {
  const handler = new Map(Object.entries(handlers)).get(name);
  return handler && { handler };
};

function executorOf(handlers: Record<string, CommandHandler>, journal?: Journal) {
  const faults: string[] = [];
  const executor = createIdempotentExecutor(commandsOf(handlers), { journal, failed: (it) => faults.push(it) });
  const execute = async (commandId: string, command: string) => (await executor.execute({ commandId, command })).answer;
  return { ...executor, execute, executed: executor.execute, faults };
}

/** What a disk keeps. */
function memoryJournal() {
  const journal = {
    lines: '',
    read: () => recordsOf(journal.lines),
    append: (record: object) => {
      journal.lines += linesOf([record]);
    },
    replace: (records: readonly object[]) => {
      journal.lines = linesOf(records);
    },
  };
  return journal;
}

describe('C2 a command is carried out once', () => {
  test('a repeated one, before or after its end, gets the same answer', async () => {
    let flips = 0;
    const { execute } = executorOf({ 'vlc:pause': async () => ({ flips: ++flips }) });
    const answers = await Promise.all([execute('a', 'vlc:pause'), execute('a', 'vlc:pause')]);
    answers.push(await execute('a', 'vlc:pause'));
    expect(answers).toEqual(Array(3).fill({ commandId: 'a', status: 'success', result: { flips: 1 } }));
    expect(await execute('b', 'vlc:pause')).toMatchObject({ result: { flips: 2 } });
  });

  test('C3 one after the other; a failed or unknown one is an error with a code, and does not stop the others', async () => {
    const order: string[] = [];
    const { execute } = executorOf({
      slow: async () => {
        order.push('slow begins');
        await new Promise((resolve) => setImmediate(resolve));
        order.push('slow ends');
        throw new Error('no screen');
      },
      missing: () => readFileSync('/nowhere'),
      circular: () => {
        const it: { self?: unknown } = {};
        it.self = it;
        return it;
      },
      quick: () => void order.push('quick'),
    });
    const names = ['slow', 'missing', 'circular', 'quick', 'toString'];
    const all = await Promise.all(names.map((command) => execute(command, command)));
    expect(all.map(({ status, code, message }) => [status, code, message])).toEqual([
      ['error', 'failed', 'no screen'],
      ['error', 'ENOENT', expect.stringContaining('/nowhere')],
      ['error', 'failed', expect.stringContaining('cannot be sent')],
      ['success', undefined, undefined],
      ['error', 'command_unknown', 'Unknown command: toString.'],
    ]);
    expect(order).toEqual(['slow begins', 'slow ends', 'quick']);
  });

  test('one that hangs is answered after half a minute, and the next one runs', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { execute } = executorOf({ hangs: () => new Promise(() => {}), works: () => {} });
    const late = execute('a', 'hangs');
    const answer = execute('b', 'works');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await late).toMatchObject({ status: 'timeout', message: expect.stringContaining('30 s') });
    expect(await answer).toMatchObject({ status: 'success' });
  });

  test('the number of stored answers is bounded, in memory and on the disk', async () => {
    let calls = 0;
    const journal = memoryJournal();
    const { execute } = executorOf({ it: () => ({ calls: calls++, text: 'x'.repeat(3000) }) }, journal);
    for (let i = 0; i <= 200; i++) await execute(`${i}`, 'it');
    await execute('200', 'it');
    expect(calls).toBe(201);
    await execute('0', 'it');
    expect(calls).toBe(202);
    for (let i = 1000; i < 2000; i++) await execute(`${i}`, 'it');
    expect(journal.lines.length).toBeLessThan(50_000);
  });

  test('across restarts: the answer, or that the process ended in the middle', async () => {
    const journal = memoryJournal();
    let runs = 0;
    const handlers = {
      works: () => ({ runs: ++runs }),
      dies: () => new Promise(() => runs++),
      pictures: () => ({ data: Buffer.from('png') }),
    };
    const first = executorOf(handlers, journal);
    await first.execute('a', 'works');
    expect(await first.execute('p', 'pictures')).toHaveProperty('result.data');
    void first.execute('b', 'dies');
    await vi.waitFor(() => expect(runs).toBe(2));
    // The power fails while the next record is written.
    journal.lines += '{"answer":{"commandId":"b","status":"succ';
    const second = executorOf(handlers, journal);
    expect(await second.execute('a', 'works')).toMatchObject({ status: 'success', result: { runs: 1 } });
    expect(await second.execute('p', 'pictures')).toEqual({ commandId: 'p', status: 'success' });
    expect(await second.execute('b', 'dies')).toMatchObject({ status: 'interrupted' });
    expect(second.latest(2).map(({ commandId }) => commandId)).toEqual(['p', 'b']);
    expect(runs).toBe(2);
    expect(await executorOf(handlers, journal).execute('b', 'dies')).toMatchObject({ status: 'interrupted' });
    expect(second.faults).toEqual([]);
  });

  test('without a disk that works, commands are carried out, and it says so', async () => {
    const broken = () => {
      throw new Error('read-only file system');
    };
    const { execute, faults } = executorOf({ works: () => 1 }, { read: broken, append: broken, replace: broken });
    expect(await execute('a', 'works')).toMatchObject({ status: 'success' });
    expect(faults.length).toBeGreaterThan(0);
  });

  test('what a handler does after its answer is done once', async () => {
    let exits = 0;
    const { executed } = executorOf({ exit: () => afterAnswer(() => exits++, 'bye') });
    const [one, two] = await Promise.all([1, 2].map(() => executed({ commandId: 'a', command: 'exit' })));
    expect(one?.answer).toEqual({ commandId: 'a', status: 'success', result: 'bye' });
    expect(exits).toBe(0);
    one?.act?.();
    two?.act?.();
    expect(exits).toBe(1);
  });
});

describe('openStorage', () => {
  test('keeps records in a file, and skips what a power cut left of one', async () => {
    const folder = await temporaryDirectory();
    const journal = openStorage(join(folder, 'new')).journal('commands');
    expect(journal.read()).toEqual([]);
    journal.append({ n: 1 });
    journal.append({ n: 2 });
    appendFileSync(join(folder, 'new/commands.ndjson'), '{"n":3,"te');
    const again = openStorage(join(folder, 'new')).journal('commands');
    expect(again.read()).toEqual([{ n: 1 }, { n: 2 }]);
    again.append({ n: 4 });
    expect(again.read()).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }]);
    again.replace([{ n: 5 }]);
    again.append({ n: 6 });
    expect(openStorage(join(folder, 'new')).journal('commands').read()).toEqual([{ n: 5 }, { n: 6 }]);
  });

  test('a power cut while records are replaced leaves the previous ones', async () => {
    const folder = await temporaryDirectory();
    const journal = openStorage(folder).journal('commands');
    journal.append({ n: 1 });
    writeFileSync(join(folder, 'commands.ndjson.next'), '{"n":');
    expect(openStorage(folder).journal('commands').read()).toEqual([{ n: 1 }]);
    journal.replace([{ n: 2 }]);
    expect(journal.read()).toEqual([{ n: 2 }]);
  });
});

test('P9 the pauses of a refused player grow to ten minutes', () => {
  expect([0, 1, 2, 3, 4, 5, 1000].map((n) => restDelay(n, 0.5) / 1000)).toEqual([30, 60, 120, 240, 480, 600, 600]);
});

test('P4 only the changed sections are sent; if one was removed, the whole state', () => {
  const before = { timestamp: '1', vlc: { state: 'playing', list: [1] }, app: { version: '1' } };
  const same = structuredClone(before);
  expect(changedSections(before, { ...same, timestamp: '2' })).toEqual({});
  expect(changedSections(before, { ...same, vlc: { state: 'paused', list: [1] }, more: null })).toEqual({
    vlc: { state: 'paused', list: [1] },
    more: null,
  });
  expect(changedSections(before, { ...same, vlc: { state: 'playing', list: [1, 2] } })).toHaveProperty('vlc');
  expect(changedSections(before, { timestamp: '2', vlc: same.vlc })).toBeUndefined();
});
