import { expect, onTestFinished, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { startScreen } from '../support/clients.ts';
import { startCluster } from '../support/cluster.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { TestServer } from '../support/server.ts';

const SOON = { timeout: PATIENCE_MS, interval: 100 };

/** The library's copy of the open alerts. */
function follow({ url }: TestServer, token: string) {
  const admin = connectAdmin({ url, token });
  onTestFinished(() => admin.close());
  admin.alerts.subscribe(() => {});
  return {
    get open() {
      return [...(admin.alerts.open?.alerts.values() ?? [])];
    },
    get total() {
      return admin.alerts.open?.total;
    },
  };
}

test('W12, W14, W15 people at two instances work on one alert; it is hidden from other groups, and read-only for viewers', async () => {
  const cluster = await startCluster(2);
  const [one, two] = cluster.instances as [TestServer, TestServer];
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await one.call('/policies/default', undefined, { method: 'PUT', body: JSON.stringify(soon) });
  const token = async (name: string, role: string, groups: string[]): Promise<string> =>
    (await one.call('/tokens', { name, role, groups })).body.token;
  const [here, there, reader] = await Promise.all([
    token('ana', 'operator', ['hall']),
    token('luis', 'operator', ['lobby']),
    token('eva', 'viewer', ['hall']),
  ]);
  const [all, ours, theirs] = [follow(two, one.adminToken), follow(one, here), follow(two, there)];
  const screen = await startScreen(one, 'dark', { query: { deviceId: 'dark', deviceGroup: 'hall' } });
  screen.state = 'stopped';
  screen.report();
  await expect.poll(() => all.open, SOON).toMatchObject([{ alert: 'device_not_on_air', about: 'dark' }]);
  await expect.poll(() => ours.total, SOON).toBe(1);
  const { id } = all.open[0] as { id: string };

  const act = (server: TestServer, as: string, name: string, body: object = {}) =>
    server.call(`/alerts/${id}/${name}`, body, { token: as });
  expect(await act(two, here, 'acknowledge')).toMatchObject({
    status: 200,
    body: { acknowledged: { by: 'ana' }, acts: [{ act: 'acknowledge' }], closable: false },
  });
  expect(await act(one, here, 'assign', { to: 'Luis', comment: 'on Monday' })).toMatchObject({ status: 200 });
  expect(await act(one, here, 'mute', { forMs: 3_600_000 })).toMatchObject({ body: { muted: { by: 'ana' } } });
  expect(await act(one, here, 'mute', { forMs: 1 })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'forMs' }] },
  });
  expect((await act(two, reader, 'acknowledge')).status).toBe(403);
  expect((await act(two, there, 'acknowledge')).status).toBe(404);
  expect(await act(two, here, 'close')).toMatchObject({ status: 409, body: { code: 'conflict' } });
  const worked = { acknowledged: { by: 'ana' }, assignee: 'Luis', muted: { by: 'ana' } };
  for (const follower of [all, ours]) await expect.poll(() => follower.open, SOON).toMatchObject([worked]);
  expect(theirs).toMatchObject({ open: [], total: 0 });
  expect((await two.call('/alerts')).body.alerts).toMatchObject([worked]);

  screen.socket.disconnect();
  await expect.poll(async () => (await two.call(`/alerts/${id}`)).body.closable, SOON).toBe(true);
  expect(await act(two, here, 'close', { comment: 'taken down' })).toMatchObject({
    status: 200,
    body: { state: 'resolved', ending: 'closed', closedBy: 'ana' },
  });
  await expect.poll(() => [all.total, ours.total], SOON).toEqual([0, 0]);
  const file = (await one.call(`/alerts/${id}`)).body;
  expect(file.acts.map((it: { act: string; comment?: string }) => [it.act, it.comment])).toEqual([
    ['acknowledge', undefined],
    ['assign', 'on Monday'],
    ['mute', undefined],
    ['close', 'taken down'],
  ]);
  const { records } = (await one.call('/audit?kind=alert.')).body;
  expect(records.map((it: { kind: string; outcome: string }) => `${it.kind} ${it.outcome}`).sort()).toEqual([
    'alert.acknowledged invalid_payload',
    'alert.acknowledged ok',
    'alert.assigned ok',
    'alert.closed conflict',
    'alert.closed ok',
    'alert.muted invalid_payload',
    'alert.muted ok',
  ]);
  expect(JSON.stringify(records)).not.toContain('taken down');
});
