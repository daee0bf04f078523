import { describe, expect, test } from 'vitest';
import { MovedError, type Note, Rpc, type RpcHandlers } from '../../../src/cluster/calls.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { sharedRegistry } from '../../support/shared-registry.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function two() {
  const clock = simulatedClock();
  const redis = sharedRegistry(clock);
  const buses = new Map<Rpc, Bus>();
  const [a, b] = ['a', 'b'].map((me) => {
    const { bus } = redis.join(me);
    const it = new Rpc(me, bus, clock);
    buses.set(it, bus);
    return it;
  }) as [Rpc, Rpc];
  const notes: [Note, string][] = [];
  const serve = (it: Rpc, handlers: object) => {
    const by = { handlers: handlers as RpcHandlers, take: (note: Note, from: string) => void notes.push([note, from]) };
    const nothing = () => {};
    buses.get(it)?.receive({ published: nothing, message: (message) => it.receive(message, by), reconnected: nothing });
  };
  serve(a, {});
  const outcome = (asked: Promise<unknown>) =>
    asked.then(
      (answer) => ({ answer }),
      (error) => error as Error,
    );
  return { clock, redis, a, b, serve, notes, outcome };
}

const never = () => new Promise<never>(() => {});

describe('a request to another instance', () => {
  test('is answered to its sender, each with its own answer', async () => {
    const { a, b, serve } = two();
    serve(b, { probe: async ({ sessionId }: { sessionId: string }, from: string) => `${sessionId} for ${from}` });
    const asked = ['1', '2'].map((sessionId) => a.call('b', 'probe', { sessionId }));
    expect(await Promise.all(asked)).toEqual(['1 for a', '2 for a']);
  });

  test('fails with the remote error; a moved device is distinguished from a failure', async () => {
    const { a, b, serve, outcome } = two();
    const details = [{ path: 'x', message: 'y' }];
    serve(b, {
      edit: () => Promise.reject(new VigiaError('conflict', 'At version 7.', details)),
      remove: () => Promise.reject(new MovedError()),
      rotateToken: () => Promise.reject(new Error('secret')),
    });
    const edit = await outcome(a.call('b', 'edit', { id: 'd', edit: {}, ifVersion: 1 }));
    expect(edit).toBeInstanceOf(VigiaError);
    expect(edit).toMatchObject({ code: 'conflict', message: 'At version 7.', details });
    expect(await outcome(a.call('b', 'remove', { id: 'd' }))).toBeInstanceOf(MovedError);
    const failed = await outcome(a.call('b', 'rotateToken', { id: 'd', disconnect: undefined }));
    expect(failed).toMatchObject({ code: 'internal' });
    expect(String(failed)).not.toContain('secret');
  });

  test.each([
    ['handover', 2500],
    ['probe', 6000],
    ['refresh', 20_000],
    ['edit', 3000],
  ] as const)('%s waits %d ms for an answer', async (name, ms) => {
    const { a, b, serve, outcome, clock } = two();
    serve(b, { [name]: never });
    let found: unknown;
    void outcome(a.call('b', name, {} as never)).then((it) => {
      found = it;
    });
    await clock.advance(ms - 1);
    expect(found).toBeUndefined();
    await clock.advance(1);
    expect(found).toBeInstanceOf(MovedError);
  });

  test('an answer that is late, or has no request, is ignored', async () => {
    const { a, b, serve, outcome, clock } = two();
    let answer: (it: boolean) => void = () => {};
    const resume = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    serve(b, { resume, probe: async () => true });
    const asked = outcome(a.call('b', 'resume', { sessionId: 's' }));
    await clock.advance(3000);
    expect(await asked).toBeInstanceOf(MovedError);
    answer(true);
    await clock.advance(10);
    expect(await a.call('b', 'probe', { sessionId: 's' })).toBe(true);
  });

  test('an answer clears its timeout', async () => {
    const { a, b, serve, clock } = two();
    serve(b, { probe: async () => true });
    for (let i = 0; i < 3; i++) expect(await a.call('b', 'probe', { sessionId: 's' })).toBe(true);
    await clock.advance(60_000);
  });

  test('the number of pending requests is bounded', async () => {
    const { a, outcome } = two();
    for (let i = 0; i < 50_000; i++) a.call('nobody', 'remove', { id: 'd' }).catch(() => {});
    expect(await outcome(a.call('nobody', 'remove', { id: 'd' }))).toMatchObject({ code: 'unavailable' });
  });
});

test('a notification arrives with its sender, and has no answer', async () => {
  const { a, b, serve, notes, clock } = two();
  serve(b, {});
  a.notify('b', { note: 'left', id: 'd', sessionId: 's' });
  await clock.advance(0);
  expect(notes).toMatchObject([[{ note: 'left', id: 'd', sessionId: 's' }, 'a']]);
});
