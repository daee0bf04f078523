import { expect, it } from 'vitest';
import { gather, type Screen, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, startCluster } from '../support/cluster.ts';
import { startBalancer } from '../support/haproxy.ts';
import { type Ending, operator } from '../support/operator.ts';
import type { TestServer } from '../support/server.ts';

/** Enough that one of three instances holds three of them. */
const SCREENS = 9;

it('K5, C1 when the owner dies while waiting for answers, another instance ends each command by what the device shows, and the sender is notified once', async () => {
  const { instances } = await startCluster(3, { OFFLINE_GRACE_MS: '2500', COMMAND_TIMEOUT_MS: '4000' });
  const entry = await startBalancer(instances);
  const watching = await faithfulObserver(entry);
  const screens = new Map<string, Screen>();
  for (let i = 0; i < SCREENS; i++) screens.set(`d${i}`, await startScreen(entry, `d${i}`));
  const nodeOf = (id: string) => watching.documents.get(id)?.document.connection.node ?? '';
  await watching.until(() => [...screens.keys()].every(nodeOf));
  const byNode = ['n1', 'n2', 'n3'].map((node) => [...screens.keys()].filter((id) => nodeOf(id) === node));
  const ids = byNode.find(({ length }) => length >= 3) as string[];
  const [obeyed, missed, left] = ids as [string, string, string];
  const screen = (id: string) => screens.get(id) as Screen;
  const dying = instances[byNode.indexOf(ids)] as TestServer;
  const others = instances.filter((it) => it !== dying);
  const asker = await operator(others[0] as TestServer);
  const endings = gather<Ending>(asker, 'command:response');
  const came = gather<object>(screen(missed).socket, 'player:command');

  // One carried it out, one never got it, one will not return; none of them answers.
  screen(missed).isDeaf = true;
  for (const id of [obeyed, missed, left]) screen(id).answers = 'silent';
  const asked = { deviceIds: [obeyed, missed, left], command: 'vlc:fullscreen' };
  const { commands } = await asker.emitWithAck('command:send', asked);
  const idOf = (deviceId: string) =>
    commands.find((it: { deviceId: string }) => it.deviceId === deviceId).commandId as string;
  await eventually('all were sent', () => {
    return came.length === 1 && [obeyed, left].every((id) => screen(id).received.length === 1);
  });
  await dying.stop('SIGKILL');
  screen(missed).isDeaf = false;
  screen(left).socket.disconnect();

  await eventually('all have ended', () => endings.length >= 3);
  const ending = (id: string) => endings.filter((it) => it.deviceId === id);
  expect(ending(obeyed)).toMatchObject([
    { commandId: idOf(obeyed), status: 'success', confirmedBy: 'state', attempts: 1 },
  ]);
  expect(ending(missed)).toMatchObject([
    { commandId: idOf(missed), status: 'success', confirmedBy: 'state', attempts: 2 },
  ]);
  expect(ending(left)).toMatchObject([{ commandId: idOf(left), status: 'timeout', attempts: 1 }]);
  for (const id of [obeyed, missed, left]) {
    expect(screen(id).received, 'no toggle came twice').toHaveLength(1);
    expect(screen(id).fullscreen).toBe(true);
    // The other instance learns of the ending a moment later.
    const kept = () => Promise.all(others.map(async (it) => (await it.call(`/commands/${idOf(id)}`)).body.status));
    await expect.poll(kept).toEqual(others.map(() => ending(id)[0]?.status));
  }
});
