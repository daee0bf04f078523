import { expect, test } from 'vitest';
import { RemoteWatching, type RemoteWatchingDeps } from '../../../src/cluster/remote-watching.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** An instance that holds nothing; its fleet and its messages are noted. */
function open(owners: Record<string, string>) {
  const clock = simulatedClock();
  const told: [instance: string, watched: unknown][] = [];
  const here: string[] = [];
  const watching = new RemoteWatching({
    fleet: {
      watch: (id: string, by: string, wanted = 2000) => {
        here.push(`${by} watches ${id} every ${wanted}`);
        return wanted;
      },
      unwatch: (id: string, by: string) => void here.push(`${by} leaves ${id}`),
    },
    replicas: { get: (id: string) => (id in owners ? { owner: owners[id] } : undefined) },
    rpc: { notify: (instance: string, { watched }: { watched: unknown }) => void told.push([instance, watched]) },
    clock,
  } as unknown as RemoteWatchingDeps);
  watching.start();
  return { clock, told, here, watching };
}

test('A9 each owner is told of all its devices that are watched here, at once; nobody of those without an owner', async () => {
  const { clock, told, watching } = open({ d1: 'a:1', d2: 'a:1', d3: 'b:1', alone: '' });
  expect(watching.watch('d1', 'ana')).toBe(2000);
  for (const id of ['d2', 'd3', 'alone', 'unknown']) watching.watch(id, 'ana', 5000);
  expect(told).toEqual([]);
  await clock.advance(20);
  const all = [
    [
      'a:1',
      [
        ['d1', 2000],
        ['d2', 5000],
      ],
    ],
    ['b:1', [['d3', 5000]]],
  ];
  expect(told.splice(0)).toEqual(all);
  await clock.advance(2980);
  expect(told.splice(0), 'repeated, because messages get lost').toEqual(all);
  watching.unwatch('d3', 'ana');
  watching.unwatch('d3', 'ben');
  await clock.advance(20);
  expect(told.splice(0)).toEqual([all[0], ['b:1', []]]);
  await clock.advance(2980);
  expect(told.splice(0), 'who holds no more watched devices is told once').toEqual([all[0]]);
  watching.stop();
  await clock.advance(10_000);
  expect(told).toEqual([]);
});

test('A9 the list of another instance replaces its last one, and ends with it', () => {
  const { here, watching } = open({});
  watching.take('a:1', [
    ['d1', 2000],
    ['d2', 2000],
  ]);
  expect(here.splice(0)).toEqual(['instance a:1 watches d1 every 2000', 'instance a:1 watches d2 every 2000']);
  watching.take('b:1', [['d1', 1000]]);
  here.length = 0;
  watching.take('a:1', [['d2', 3000]]);
  expect(here.splice(0)).toEqual(['instance a:1 leaves d1', 'instance a:1 watches d2 every 3000']);
  watching.forget('a:1');
  watching.forget('a:1');
  expect(here).toEqual(['instance a:1 leaves d2']);
});
