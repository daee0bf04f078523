import { expect, it } from 'vitest';
import type { ScheduleRun } from '../../src/protocol/schedules.ts';
import { type Screen, startScreen } from '../support/clients.ts';
import { eventually, startCluster } from '../support/cluster.ts';
import { databases } from '../support/databases.ts';
import { startBalancer } from '../support/haproxy.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { jump, wallAt } from '../support/wall.ts';

const opening = { name: 'Opening', command: 'vlc:play', start: '2026-03-28T08:00', rrule: 'FREQ=DAILY' };

const create = async (server: TestServer, body: object) => {
  const answer = await server.call('/schedules', body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id as string;
};
const runsOf = async (server: TestServer, id: string): Promise<ScheduleRun[]> =>
  (await server.call(`/schedules/${id}/runs`)).body.runs;
const commandsOf = (screen: Screen) => screen.received.map(({ command }) => command);

async function screenIn(server: TestServer, id: string, timezone?: string): Promise<Screen> {
  const screen = await startScreen(server, id);
  screen.reports = false;
  await screen.socket.emitWithAck('player:state', {
    system: { timezone },
    vlc: { state: 'paused', fullscreen: false },
  });
  return screen;
}

it('J1, J2, J6 it runs in each device’s own time zone at the scheduled local time: counted, recorded, as a person’s command', async () => {
  // In Madrid it is just before two o’clock, and on this day three o’clock follows.
  const server = await startServer({}, wallAt('2026-03-29T00:10:00Z', '2026-03-29T00:59:59Z'));
  const madrid = await screenIn(server, 'madrid', 'Europe/Madrid');
  const lima = await screenIn(server, 'lima', 'America/Lima');
  const id = await create(server, { ...opening, start: '2026-03-28T02:30', target: { all: true } });
  jump(server);
  await eventually('it runs', () => madrid.received.length > 0);
  await expect
    .poll(() => runsOf(server, id))
    .toMatchObject([
      {
        id: `${id}.20260329T0230`,
        local: '2026-03-29T02:30',
        command: 'vlc:play',
        zones: [{ timeZone: 'Europe/Madrid', at: '2026-03-29T01:00:00.000Z', status: 'done', devices: 1 }],
        outcomes: { success: 1 },
      },
    ]);
  expect(commandsOf(madrid)).toEqual(['vlc:play']);
  expect(lima.received).toEqual([]);
  expect(madrid.received[0]?.commandId).toBe(`${id}.20260329T0230:madrid`);
  const { commands } = (await server.call('/devices/madrid/commands')).body;
  expect(commands).toMatchObject([{ requestedBy: 'schedule Opening' }]);
  await expect
    .poll(async () => (await server.call('/audit?kind=schedule.')).body.records)
    .toMatchObject([
      { actor: 'schedule Opening', kind: 'schedule.run', outcome: 'ok', details: { id, devices: 1 } },
      { actor: 'admin', kind: 'schedule.created', outcome: 'ok', details: { id, name: 'Opening' } },
    ]);
  expect((await server.call(`/schedules/${id}`)).body).toMatchObject({
    devices: 2,
    nextAt: '2026-03-29T07:30:00.000Z',
    lastRun: { local: '2026-03-29T02:30' },
  });
  expect(await (await server.fetch('/metrics')).text()).toContain('vigia_schedule_runs_total{outcome="done"} 1');
});

it.each(databases)(
  'J4 %s: runs missed while the server was down are skipped, or run once on its return, within the limit',
  async (_, place) => {
    const { dataDir, databaseUrl = '' } = await place();
    const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
    let server = await startServer(env, wallAt('2026-03-28T06:00:00Z'));
    await screenIn(server, 's1', 'UTC');
    const target = { deviceIds: ['s1'] };
    const skipped = await create(server, { ...opening, target, command: 'vlc:stop' });
    const often = { ...opening, target, start: '2026-03-28T07:00', rrule: 'FREQ=HOURLY', missed: 'once' };
    const once = await create(server, { ...often, withinMs: 3_600_000 });
    const late = await create(server, { ...often, start: '2026-03-28T06:30', command: 'vlc:stop', withinMs: 600_000 });
    await server.stop('SIGKILL');
    server = await startServer(env, wallAt('2026-03-28T09:45:00Z'));
    const screen = await startScreen(server, 's1');
    await expect
      .poll(() => runsOf(server, once))
      .toMatchObject([{ local: '2026-03-28T09:00', outcomes: { success: 1 } }]);
    await expect
      .poll(() => runsOf(server, skipped))
      .toMatchObject([{ local: '2026-03-28T08:00', zones: [{ status: 'missed', devices: 1 }], outcomes: {} }]);
    await expect.poll(() => runsOf(server, late)).toMatchObject([{ zones: [{ status: 'missed' }] }]);
    await server.stop('SIGKILL');
    server = await server.restart();
    await expect.poll(() => runsOf(server, once)).toHaveLength(1);
    await eventually('it is back', () => screen.socket.connected);
    expect(commandsOf(screen)).toEqual(['vlc:play']);
  },
);

/** Toggles: a screen that is sent it twice shows that. */
async function screens(entry: TestServer, count: number): Promise<Screen[]> {
  const all = await Promise.all(Array.from({ length: count }, (_, i) => startScreen(entry, `s${i}`)));
  return all;
}
const toggling = {
  name: 'Full',
  command: 'vlc:fullscreen',
  target: { all: true },
  start: '2026-03-28T08:00',
  missed: 'once',
  withinMs: 600_000,
};
const countOf = (all: Screen[]) => all.reduce((sum, { received }) => sum + received.length, 0);

/** Each got it once, except where that cannot be known (C1): it was about to be sent when the server was killed. */
async function accountedFor(server: TestServer, id: string, all: Screen[]): Promise<void> {
  const outcomes = async () => (await runsOf(server, id))[0]?.outcomes ?? {};
  await eventually('all have ended', async () => {
    const { pending = 0, ...ended } = await outcomes();
    return pending === 0 && Object.values(ended).reduce((sum, it) => sum + it, 0) === all.length;
  });
  const { success = 0, timeout = 0 } = await outcomes();
  expect(success + timeout).toBe(all.length);
  expect(all.filter(({ received }) => received.length > 1)).toEqual([]);
  expect(all.filter(({ received }) => received.length === 0).length).toBeLessThanOrEqual(timeout);
  // At most the commands of one step were about to be sent.
  expect(all.filter(({ received }) => received.length === 1).length).toBeGreaterThanOrEqual(all.length - 100);
}

it.each([1, 110, 230])(
  'J3 killed after %i of 240 screens, it is sent to the others, and to none twice',
  async (some) => {
    let server = await startServer({}, wallAt('2026-03-28T07:30:00Z', '2026-03-28T07:59:59Z'));
    const all = await screens(server, 240);
    const id = await create(server, toggling);
    jump(server);
    await eventually('it runs', () => countOf(all) >= some);
    await server.stop('SIGKILL');
    const again = { DATA_DIR: server.dataDir, PORT: String(server.port) };
    server = await startServer(again, wallAt('2026-03-28T08:00:02Z'));
    await eventually('it is over', async () => (await runsOf(server, id))[0]?.zones[0]?.status === 'done');
    expect(await runsOf(server, id)).toMatchObject([{ zones: [{ timeZone: 'UTC', devices: 240 }] }]);
    await accountedFor(server, id, all);
  },
);

it('J3 of several instances one runs it; when that one dies, another continues, once per device', async () => {
  const { instances } = await startCluster(3, {}, wallAt('2026-03-28T07:30:00Z', '2026-03-28T07:59:58Z'));
  const entry = await startBalancer(instances);
  const all = await screens(entry, 160);
  const [first, second] = instances as [TestServer, TestServer, TestServer];
  const id = await create(second, toggling);
  // Each instance knows it by then.
  await eventually('the first knows it', async () => (await first.call(`/schedules/${id}`)).status === 200);
  jump(...instances);
  await eventually('it runs', () => countOf(all) > 0);
  await first.stop('SIGKILL');
  await eventually('it is over', async () => (await runsOf(second, id))[0]?.zones[0]?.status === 'done');
  expect(await runsOf(second, id)).toMatchObject([{ zones: [{ timeZone: 'UTC', devices: 160 }] }]);
  await accountedFor(second, id, all);
});
