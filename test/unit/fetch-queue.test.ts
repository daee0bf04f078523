import { expect, it } from 'vitest';
import { FetchQueue } from '../../src/pictures/fetch-queue.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

function fixture() {
  const clock = simulatedClock();
  const queue = new FetchQueue<string>(clock);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  /** Adds work that ends on demand. */
  const add = (device: string, key: string, isAsked = false) => {
    const added = queue.add(device, key, isAsked, () => {
      begun.push(`${device} ${key}`);
      return new Promise<string>((resolve) => ends.set(`${device} ${key}`, () => resolve(key)));
    });
    added.catch(() => {});
    return added;
  };
  return { clock, queue, begun, ends, add };
}

it('P10 per device one picture is fetched and one waits, the newest', async () => {
  const { begun, ends, add } = fixture();
  const first = add('a', '1');
  const second = add('a', '2');
  const third = add('a', '3');
  await expect(second).rejects.toMatchObject({ reason: 'superseded' });
  expect(begun).toEqual(['a 1']);
  ends.get('a 1')?.();
  expect(await first).toBe('1');
  await expect.poll(() => begun).toEqual(['a 1', 'a 3']);
  ends.get('a 3')?.();
  expect(await third).toBe('3');
});

it('P10 the same picture is fetched once, whether it is being fetched or waits', async () => {
  const { begun, ends, add } = fixture();
  const running = [add('a', '1'), add('a', '1', true)];
  const waiting = [add('a', '2'), add('a', '2', true)];
  ends.get('a 1')?.();
  expect(await Promise.all(running)).toEqual(['1', '1']);
  await expect.poll(() => ends.has('a 2')).toBe(true);
  ends.get('a 2')?.();
  expect(await Promise.all(waiting)).toEqual(['2', '2']);
  expect(begun).toEqual(['a 1', 'a 2']);
});

it('P10 a few at once; background fetches never take all slots, and come after requested ones', async () => {
  const { begun, ends, add } = fixture();
  for (let i = 0; i < 10; i++) add(`idle${i}`, '1');
  expect(begun.length).toBe(4);
  for (let i = 0; i < 10; i++) add(`asked${i}`, '1', true);
  expect(begun.slice(4)).toEqual(['asked0 1', 'asked1 1', 'asked2 1', 'asked3 1']);
  for (const it of ['idle0 1', 'idle1 1', 'idle2 1', 'idle3 1']) ends.get(it)?.();
  await expect.poll(() => begun.slice(8)).toEqual(['asked4 1', 'asked5 1', 'asked6 1', 'asked7 1']);
});

it('P10 a requester gets an error after 15 s if the fetch has not started', async () => {
  const { clock, begun, add } = fixture();
  for (let i = 0; i < 8; i++) add(`asked${i}`, '1', true);
  const late = add('late', '1', true);
  await clock.advance(14_999);
  expect(begun.length).toBe(8);
  await clock.advance(1);
  await expect(late).rejects.toMatchObject({ reason: 'busy', code: 'unavailable' });
});

it('P10 once closed, it rejects all that waits', async () => {
  const { queue, add } = fixture();
  add('a', '1');
  const waiting = [add('a', '2', true), ...[1, 2, 3, 4].map((it) => add(`b${it}`, '1'))];
  queue.close();
  await expect(waiting[0]).rejects.toMatchObject({ reason: 'busy' });
  await expect(waiting[4]).rejects.toMatchObject({ reason: 'busy' });
});
