import jsonPatch from 'fast-json-patch';
import { expect, it } from 'vitest';
import type { Rollout, RolloutTarget, RolloutUpdate, VersionedRollout } from '../../src/protocol/rollouts.ts';
import { admin, next, type Screen, startScreen } from '../support/clients.ts';
import { eventually, startCluster } from '../support/cluster.ts';
import { databases } from '../support/databases.ts';
import { startBalancer } from '../support/haproxy.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const shared = sharedServer();

const screens = (server: TestServer, name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => startScreen(server, `${name}-${i}`)));
const receivedBy = (all: readonly Screen[]) => all.map(({ received }) => received.length);
const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

async function begin(server: TestServer, wanted: object): Promise<Rollout> {
  const { status, body } = await server.call('/rollouts', { command: 'vlc:stop', watchMs: 0, ...wanted });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.document;
}
const show = async (server: TestServer, id: string): Promise<Rollout> =>
  (await server.call(`/rollouts/${id}`)).body.document;
const act = (server: TestServer, id: string, name: string, token?: string) =>
  server.call(`/rollouts/${id}/${name}`, {}, token === undefined ? {} : { token });
const over = (server: TestServer, id: string) =>
  eventually('it is over', async () => (await show(server, id)).endedAt !== undefined);

/** An admin's copy of the rollouts, from the stream alone. */
async function follow(server: TestServer, token?: string) {
  const socket = admin(server, token === undefined ? {} : { token });
  const known = new Map<string, VersionedRollout>();
  const faults: string[] = [];
  let messages = 0;
  socket.on('rollout:updated', ({ updates }: { updates: RolloutUpdate[] }) => {
    messages++;
    for (const update of updates) {
      const { rolloutId, version } = update;
      const before = known.get(rolloutId);
      if ('deleted' in update) known.delete(rolloutId);
      else if ('document' in update) known.set(rolloutId, { version, document: update.document });
      else if (before?.version !== update.base) faults.push(`${rolloutId}: ${before?.version} is not ${update.base}`);
      else {
        const { newDocument } = jsonPatch.applyPatch(before.document, update.patch, true, false);
        known.set(rolloutId, { version, document: newDocument });
      }
    }
  });
  await next(socket, 'connect');
  const answer = await socket.emitWithAck('rollouts:subscribe', {});
  for (const it of answer.rollouts as VersionedRollout[]) known.set(it.document.id, it);
  return {
    known,
    faults,
    get messages() {
      return messages;
    },
  };
}

it('N1, N8, N9 a rollout is started, followed in the stream, and ends with a report', async () => {
  const server = shared.it;
  const all = await screens(server, 'west', 12);
  await startScreen(server, 'east-1');
  const wanted = { filter: 'west', command: 'play', preview: true };
  expect((await server.call('/rollouts', wanted)).body).toMatchObject({ total: 12, online: 12, send: 12 });
  expect(receivedBy(all)).toEqual(all.map(() => 0));

  const stream = await follow(server);
  const { id, ...begun } = await begin(server, { filter: 'west', command: 'play', name: 'spring', rate: 50 });
  expect(begun).toMatchObject({ name: 'spring', command: 'play', targets: 'west', total: 12 });
  await over(server, id);
  const ended = await server.call(`/rollouts/${id}`);
  expect(ended.body.document).toMatchObject({ status: 'done', counts: { success: 12, waiting: 0 } });
  await expect.poll(() => stream.known.get(id)).toEqual(ended.body);
  expect(stream.faults).toEqual([]);
  expect(stream.messages).toBeGreaterThan(2);
  expect(receivedBy(all)).toEqual(all.map(() => 1));

  const first = (await server.call(`/rollouts/${id}/devices?limit=5`)).body;
  const rest = (await server.call(`/rollouts/${id}/devices?limit=1000&cursor=${first.cursor}`)).body;
  const report = [...first.devices, ...rest.devices];
  expect(report.map(({ deviceId }) => deviceId).sort()).toEqual(all.map((_, i) => `west-${i}`).sort());
  expect(report[0]).toMatchObject({ outcome: 'success', commandId: `${id}:${report[0].deviceId}` });
  const csv = await (await server.fetch(`/api/v1/rollouts/${id}/devices?format=csv`)).text();
  expect(csv.split('\r\n')).toHaveLength(14);
  expect((await server.call('/rollouts?limit=1')).body).toMatchObject({ rollouts: [{ id }] });

  const { records } = (await server.call('/audit?limit=50')).body;
  const kinds = records.map((it: { kind: string }) => it.kind).filter((kind: string) => kind.startsWith('rollout.'));
  expect(kinds.sort()).toEqual(['rollout.created', 'rollout.ended', 'rollout.previewed']);
});

it('N3, N7 it stops automatically, continues with a canary when resumed, and is cancelled', async () => {
  const server = shared.it;
  const all = await screens(server, 'south', 30);
  for (const screen of all) screen.answers = 'error';
  const { id } = await begin(server, { filter: 'south', canary: 3 });
  await eventually('it stops', async () => (await show(server, id)).status === 'stopped');
  expect(await show(server, id)).toMatchObject({ why: 'errors', counts: { error: 3, waiting: 27 } });
  expect(sum(receivedBy(all))).toBe(3);
  expect(await act(server, id, 'pause')).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect((await act(server, id, 'resume')).body.document).toMatchObject({ status: 'canary', by: 'admin' });
  await eventually('it stops again', async () => (await show(server, id)).status === 'stopped');
  expect(sum(receivedBy(all))).toBe(6);
  expect((await act(server, id, 'cancel')).status).toBe(200);
  await over(server, id);
  expect(await show(server, id)).toMatchObject({ status: 'cancelled', counts: { error: 6, cancelled: 24 } });
  expect(await act(server, id, 'resume')).toMatchObject({ status: 409 });
});

it('N7 it is paused when its token is removed, and continues with the token of whoever resumes it', async () => {
  const server = shared.it;
  const all = await screens(server, 'tide', 6);
  const { body: token } = await server.call('/tokens', { name: 'short-lived', role: 'operator' });
  const wanted = { command: 'vlc:stop', filter: 'tide', watchMs: 0, canary: 0, rate: 1 };
  const { id } = (await server.call('/rollouts', wanted, { token: token.token })).body.document;
  await server.call(`/tokens/${token.id}`, undefined, { method: 'DELETE' });
  await eventually('it is paused', async () => (await show(server, id)).status === 'paused');
  expect(await show(server, id)).toMatchObject({ by: 'server', why: 'token_removed', createdBy: 'short-lived' });
  const { records } = (await server.call('/audit?limit=10&kind=rollout.paused')).body;
  expect(records[0]).toMatchObject({ actor: 'server', details: { id, why: 'token_removed' } });
  expect(sum(receivedBy(all))).toBeLessThan(6);
  expect((await act(server, id, 'resume')).body.document.why).toBeUndefined();
  await over(server, id);
  expect(receivedBy(all)).toEqual(all.map(() => 1));
});

it('N4 a device that answers success but is gone at the end of its watch counts as failed', async () => {
  const server = shared.it;
  const all = await screens(server, 'north', 10);
  const { id } = await begin(server, { filter: 'north', canary: 2, watchMs: 1000 });
  await eventually('the canary has it', () => sum(receivedBy(all)) === 2);
  for (const screen of all) if (screen.received.length > 0) screen.socket.disconnect();
  await eventually('it stops', async () => (await show(server, id)).status === 'stopped');
  expect(await show(server, id)).toMatchObject({ why: 'errors', counts: { lost: 2, waiting: 8 } });
  await act(server, id, 'cancel');
});

it('N1 an invalid request is refused with the path of the fault, and nothing is stored', async () => {
  const server = shared.it;
  await startScreen(server, 'lone');
  const before = (await server.call('/rollouts')).body.rollouts.length;
  const faults = async (body: object) => {
    const { status, body: told } = await server.call('/rollouts', body);
    return [status, told.code, told.errors?.[0]?.path];
  };
  expect(await faults({ command: 'play' })).toEqual([400, 'invalid_payload', 'filter']);
  expect(await faults({ command: 'play', filter: 'status:nowhere' })).toEqual([400, 'invalid_payload', 'filter']);
  expect(await faults({ command: 'play', all: true, canary: -1 })).toEqual([400, 'invalid_payload', 'canary']);
  expect(await faults({ command: 'play', all: true, speed: 3 })).toEqual([400, 'invalid_payload', '']);
  expect(await faults({ command: 'vlc:dance', all: true })).toEqual([404, 'command_unknown', undefined]);
  expect(await faults({ command: 'rebot', all: true })).toEqual([404, 'command_unknown', undefined]);
  expect(await faults({ command: 'vlc:play', all: true, params: { loop: 3 } })).toEqual([
    422,
    'command_invalid',
    'params.loop',
  ]);
  expect(await faults({ command: 'play', deviceIds: ['lone', 'nobody'] })).toEqual([
    404,
    'device_unknown',
    'deviceIds.1',
  ]);
  expect(await faults({ command: 'play', filter: 'name:none-of-them' })).toEqual([404, 'device_unknown', undefined]);
  expect((await server.call('/rollouts')).body.rollouts).toHaveLength(before);
  expect(await server.call('/rollouts/ro-nothing')).toMatchObject({ status: 404 });
});

it('N1, N8 a token restricted to groups selects among their devices, and sees the rollouts that contain only these', async () => {
  const server = shared.it;
  for (const id of ['in-1', 'in-2', 'out-1']) {
    await startScreen(server, id);
    const group = id.startsWith('in') ? 'inner' : 'outer';
    await server.call(`/devices/${id}`, undefined, { method: 'PATCH', body: JSON.stringify({ group }) });
  }
  const make = async (role: string) =>
    (await server.call('/tokens', { name: `${role} of inner`, role, groups: ['inner'] })).body.token as string;
  const [operator, viewer] = [await make('operator'), await make('viewer')];
  const stream = await follow(server, viewer);
  const wanted = { filter: 'in- out-', command: 'vlc:stop', all: undefined };
  expect((await server.call('/rollouts', { ...wanted, filter: 'out-' }, { token: operator })).status).toBe(404);
  const all = { command: 'vlc:stop', all: true, watchMs: 0 };
  expect((await server.call('/rollouts', all, { token: viewer })).body.code).toBe('forbidden');
  const own = (await server.call('/rollouts', all, { token: operator })).body.document;
  expect(own.total).toBe(2);
  const others = await begin(server, { group: 'outer' });
  await over(server, own.id);
  await over(server, others.id);
  await expect.poll(() => stream.known.get(own.id)?.document.status).toBe('done');
  expect([...stream.known.keys()]).toEqual([own.id]);
  const listed = (await server.call('/rollouts', undefined, { token: viewer })).body.rollouts;
  expect(listed.map(({ id }: Rollout) => id)).toEqual([own.id]);
  for (const path of ['', '/devices']) {
    expect((await server.call(`/rollouts/${others.id}${path}`, undefined, { token: viewer })).status).toBe(404);
  }
  expect((await act(server, others.id, 'cancel', operator)).status).toBe(404);
});

const COUNT = 30;

/**
 * No device got it twice, and all got it. A command recorded as sent at the moment of a kill may not have left: that is a
 * `timeout`, and never a success.
 */
async function allGotItOnce(server: TestServer, id: string, all: readonly Screen[], name: string): Promise<void> {
  expect(await show(server, id)).toMatchObject({ status: 'done' });
  expect(Math.max(...receivedBy(all)), 'nobody twice').toBe(1);
  const { devices } = (await server.call(`/rollouts/${id}/devices?limit=1000`)).body as { devices: RolloutTarget[] };
  const outcomes = new Map(devices.map((it) => [it.deviceId, it.outcome]));
  const faults = all.flatMap(({ received }, i) => {
    const outcome = outcomes.get(`${name}-${i}`) ?? 'none';
    const fine = received.length === 1 ? ['success', 'timeout', 'lost'] : ['timeout'];
    return fine.includes(outcome) ? [] : [`${name}-${i} got it ${received.length} times: ${outcome}`];
  });
  expect(faults).toEqual([]);
  expect(receivedBy(all).filter((count) => count === 0).length).toBeLessThanOrEqual(3);
}

it.each(databases)(
  'N5, N10 %s: killed between any two steps it continues, sends to no device twice, and reaches all',
  { timeout: 240_000 },
  async (_, place) => {
    const { dataDir, databaseUrl = '' } = await place();
    const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl, OFFLINE_GRACE_MS: '4000', COMMAND_TIMEOUT_MS: '1500' };
    let server = await startServer(env);
    const all = await screens(server, 'k', COUNT);
    // (This command times out quickly, because no state could prove it.)
    const wanted = {
      filter: 'k-',
      command: 'vlc:snapshot',
      canary: 3,
      rate: 15,
      watchMs: 300,
      maxTimeoutShare: 1,
      maxErrorShare: 1,
    };
    const { id } = await begin(server, wanted);
    const again = async () => {
      await server.stop('SIGKILL');
      server = await server.restart();
    };
    // Possibly before the first command; within the canary; during its watch; and then later and later.
    await again();
    for (const reached of [1, 3, 4, 12]) {
      await eventually(`${reached} have it`, () => sum(receivedBy(all)) >= reached);
      await again();
    }
    // While it is paused, and just after it was resumed.
    expect((await act(server, id, 'pause')).status).toBe(200);
    await again();
    expect(await show(server, id)).toMatchObject({ status: 'paused' });
    expect((await act(server, id, 'resume')).status).toBe(200);
    await again();
    await over(server, id);
    // And when it is over.
    await again();
    await allGotItOnce(server, id, all, 'k');
  },
);

it('N10 the instance that runs it dies: another one continues, with the devices of both, and sends to no device twice', {
  timeout: 240_000,
}, async () => {
  const { instances } = await startCluster(3, { OFFLINE_GRACE_MS: '10000', COMMAND_TIMEOUT_MS: '2000' });
  const [first, second] = instances as [TestServer, TestServer, TestServer];
  const entry = await startBalancer(instances);
  const all = await screens(entry, 'm', COUNT);
  const wanted = {
    filter: 'm-',
    command: 'vlc:snapshot',
    canary: 3,
    rate: 10,
    watchMs: 300,
    maxTimeoutShare: 1,
    maxErrorShare: 1,
  };
  await eventually(
    'all are known there',
    async () => (await first.call('/devices?q=m-')).body.devices.length === COUNT,
  );
  const { id } = await begin(first, wanted);
  const stream = await follow(second);
  // Controlled through the instance that does not run it.
  await eventually('it is known there', async () => (await second.call(`/rollouts/${id}`)).status === 200);
  expect((await act(second, id, 'pause')).body.document).toMatchObject({ status: 'paused' });
  expect((await act(second, id, 'resume')).status).toBe(200);
  await eventually('some have it', () => sum(receivedBy(all)) >= 8);
  await first.stop('SIGKILL');
  await over(second, id);
  await allGotItOnce(second, id, all, 'm');
  await expect.poll(() => stream.known.get(id)?.document.status).toBe('done');
  expect(stream.faults).toEqual([]);
});
