import { expect, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';
import { vigia } from '../support/vigia.ts';

const server = sharedServer();

const screens = (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => startScreen(server.it, `${name}-${i}`)));

test('N1, N9 vigia rollout: previewed, started, followed to its end, listed, and read as CSV', async () => {
  const all = await screens('shop', 6);
  const target = ['--filter', 'shop-', '--watch', '0'];
  const preview = await vigia(server.it, 'rollout', 'start', 'play', ...target, '--preview');
  expect(preview).toMatchObject({ code: 0, stdout: '6 devices: 6 will be sent it\n' });
  const unasked = await vigia(server.it, 'rollout', 'start', 'play', ...target);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
  expect(all.every(({ received }) => received.length === 0)).toBe(true);

  const done = await vigia(server.it, 'rollout', 'start', 'play', ...target, '--yes');
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('play: done; of 6 devices 6 success')]);
  const [id = ''] = done.stderr.split('\n');
  const listed = await vigia(server.it, 'rollout', 'list', '--json');
  expect(listed.lines()[0]).toMatchObject({ id, status: 'done' });
  const csv = await vigia(server.it, 'rollout', 'show', id, '--csv', '--outcome', 'success');
  expect(csv.stdout.split('\r\n')).toHaveLength(8);
  const shown = await vigia(server.it, 'rollout', 'show', id);
  expect(shown.stdout).toMatch(/DEVICE +OUTCOME/);
});

test('N3, N7 vigia rollout: an automatic stop ends the command, which lists the possible actions', async () => {
  const all = await screens('bar', 9);
  for (const screen of all) screen.answers = 'error';
  const stopped = await vigia(server.it, 'rollout', 'start', 'vlc:stop', '--filter', 'bar-', '--canary', '2', '--yes');
  expect([stopped.code, stopped.stdout]).toEqual([
    1,
    expect.stringContaining('stopped (errors); of 9 devices 7 waiting, 2 error'),
  ]);
  const [id = ''] = stopped.stderr.split('\n');
  expect(stopped.stderr).toContain(`vigia rollout resume ${id}`);
  expect((await vigia(server.it, 'rollout', 'cancel', id)).code).toBe(0);
  const again = await vigia(server.it, 'rollout', 'pause', id);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('cancelled')]);
});

test('N8 @vigia/client keeps a copy of the rollouts', async () => {
  await screens('cafe', 4);
  const copy = connectAdmin({ url: server.it.url, token: server.it.adminToken });
  await copy.ready();
  copy.rollouts.subscribe(() => {});
  const wanted = { filter: 'cafe-', command: 'vlc:stop', watchMs: 0, canary: 1, rate: 2 };
  const { id } = (await server.it.call('/rollouts', wanted)).body.document;
  await expect.poll(() => copy.rollouts.documents.get(id)?.document.counts.success).toBeGreaterThan(0);
  const shown = async () => (await server.it.call(`/rollouts/${id}`)).body;
  await expect.poll(async () => (await shown()).document.status).toBe('done');
  await expect.poll(() => copy.rollouts.documents.get(id)).toEqual(await shown());
  copy.close();
});
