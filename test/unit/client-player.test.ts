import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createIdempotentExecutor } from '../../src/client/idempotent-executor.ts';
import { changedSections } from '../../src/client/sections.ts';

describe('C2 a command is carried out once', () => {
  test('a repeated one, before or after its end, gets the same answer', async () => {
    let flips = 0;
    const execute = createIdempotentExecutor({ 'vlc:pause': async () => ({ flips: ++flips }) });
    const command = { commandId: 'a', command: 'vlc:pause' };
    const answers = await Promise.all([execute(command), execute(command)]);
    answers.push(await execute(command));
    expect(answers).toEqual(Array(3).fill({ commandId: 'a', status: 'success', result: { flips: 1 } }));
    expect(await execute({ ...command, commandId: 'b' })).toMatchObject({ result: { flips: 2 } });
  });

  test('C3 one after the other; a failed or unknown one is an error, and does not stop the others', async () => {
    const order: string[] = [];
    const execute = createIdempotentExecutor({
      slow: async () => {
        order.push('slow begins');
        await new Promise((resolve) => setImmediate(resolve));
        order.push('slow ends');
        throw new Error('no screen');
      },
      quick: () => void order.push('quick'),
    });
    const all = ['slow', 'quick', 'toString'].map((command) => execute({ commandId: command, command, params: null }));
    expect((await Promise.all(all)).map(({ status, message }) => [status, message])).toEqual([
      ['error', 'no screen'],
      ['success', undefined],
      ['error', 'Unknown command: toString.'],
    ]);
    expect(order).toEqual(['slow begins', 'slow ends', 'quick']);
  });

  test('one that hangs blocks the others for half a minute', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const execute = createIdempotentExecutor({ hangs: () => new Promise(() => {}), works: () => {} });
    void execute({ commandId: 'a', command: 'hangs' });
    const answer = execute({ commandId: 'b', command: 'works' });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await answer).toMatchObject({ status: 'success' });
  });

  test('the number of stored answers is bounded', async () => {
    let calls = 0;
    const execute = createIdempotentExecutor({ it: () => void calls++ });
    for (let i = 0; i <= 200; i++) await execute({ commandId: `${i}`, command: 'it' });
    await execute({ commandId: '200', command: 'it' });
    expect(calls).toBe(201);
    await execute({ commandId: '0', command: 'it' });
    expect(calls).toBe(202);
  });
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
