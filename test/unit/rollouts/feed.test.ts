import { expect, test } from 'vitest';
import type { StoredRollout } from '../../../src/ports/rollouts.ts';
import { NewRollout, type RolloutUpdate } from '../../../src/protocol/rollouts.ts';
import { documentOf } from '../../../src/rollouts/document.ts';
import { Feed } from '../../../src/rollouts/feed.ts';
import { openRolloutWorld } from '../../support/rollout-world.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function ended(id: string, second: number): StoredRollout {
  const document = documentOf(id, NewRollout.parse({ all: true, command: 'play' }), {}, 'ana', at(0), 1);
  const facts = { version: 1, holder: 'n1', epoch: 1, round: 0, groups: null, by: { tokenId: 't1', name: 'ana' } };
  return { ...facts, document: { ...document, status: 'done', endedAt: at(second) } };
}

function followed() {
  const feed = new Feed();
  const updates: RolloutUpdate[] = [];
  const send = (some: readonly RolloutUpdate[]) => void updates.push(...some);
  feed.follow({ id: 's1', groups: undefined, backlog: () => 0, send }, at(0));
  return { feed, updates };
}

test('N8 an ended rollout that is older than the last 50 does not appear and disappear in the stream', () => {
  const { feed, updates } = followed();
  for (let i = 0; i < 50; i++) feed.note(ended(`ro-${i}`, 10 + i), at(60));
  feed.flush(at(60));
  updates.length = 0;
  // Started last, ended first.
  for (let look = 0; look < 3; look++) feed.note(ended('ro-99', 5), at(60));
  feed.flush(at(60));
  expect(updates).toEqual([]);
  feed.note(ended('ro-98', 59.5), at(60));
  feed.flush(at(60));
  expect(updates).toMatchObject([{ rolloutId: 'ro-98' }, { rolloutId: 'ro-0', deleted: true }]);
});

test('N8 a version that changes nothing is not published, and the next patch applies to the previous one', () => {
  const { feed, updates } = followed();
  const known = ended('ro-1', 10);
  feed.note(known, at(20));
  feed.note({ ...known, version: 1001, epoch: 2 }, at(20));
  feed.note({ ...known, version: 1002, document: { ...known.document, status: 'cancelled' } }, at(20));
  feed.flush(at(20));
  expect(updates).toMatchObject([{ version: 1 }, { version: 1002, base: 1 }]);
});

test('N9 in a cluster, too, the end of a rollout is published once, however slowly the database is read', async () => {
  const world = openRolloutWorld(['d0', 'd1'], () => ({ status: 'success', afterMs: 50 }), {
    isShared: true,
    readMs: 400,
  });
  await world.start();
  const count = 30;
  for (let i = 0; i < count; i++) {
    const id = await world.create({ command: 'play', watchMs: 0 });
    await world.until(id, ({ endedAt }) => endedAt !== undefined);
    await world.clock.advance(37 * i);
  }
  await world.clock.advance(5000);
  expect(world.told).toEqual(Array.from({ length: count }, () => 'rollout.ended'));
  expect(world.audited).toHaveLength(count);
  world.kill();
});
