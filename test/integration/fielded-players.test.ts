import { expect, test } from 'vitest';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { Replica } from '../support/clients.ts';
import { type FieldedPlayer, type Generation, startFielded } from '../support/fielded/players.ts';
import { startVlc } from '../support/fielded/vlc-http.ts';
import { operator, run } from '../support/operator.ts';
import { sharedServer } from '../support/server.ts';

const shared = sharedServer();

/** A player with its VLC, and an admin who sees it. */
async function start(generation: Generation, deviceId: string) {
  const vlc = await startVlc();
  const socket = await operator(shared.it);
  const replica = new Replica(socket);
  await replica.subscribe({ scope: { devices: [deviceId] } });
  const player = startFielded(generation, { deviceId, server: shared.it, vlc });
  const seen = (fits: (document: DeviceDocument) => boolean, ms?: number) => replica.device(deviceId, fits, ms);
  const command = (name: string, more: object = {}) => run(socket, { deviceId, command: name, ...more });
  return { vlc, player, seen, command };
}

test.each(['first', 'second'] as const)('P1–P6 the %s generation registers, reports and obeys', async (generation) => {
  const { seen, command, vlc } = await start(generation, `obeys-${generation}`);
  await seen(({ onAir }) => onAir.status === 'yes');
  const patient = { timeoutMs: 10_000 };
  expect(await command('vlc:stop', patient)).toMatchObject({ status: 'success', confirmedBy: 'response' });
  expect(vlc.state).toBe('stopped');
  expect(await command('vlc:play', patient)).toMatchObject({ status: 'success', confirmedBy: 'response' });
  expect(vlc.done).toEqual(['pl_stop', 'pl_play']);
});

test.each([
  ['first', 20],
  ['second', 10],
] as const)('the %s generation gives up after %i attempts, for good', async (generation, attempts) => {
  const vlc = await startVlc();
  const nowhere = { url: 'http://127.0.0.1:9', playerToken: 'any' };
  const player = startFielded(generation, { deviceId: 'lost', server: nowhere, vlc, reconnectMs: 5 });
  await player.first('gave up');
  expect(countOf(player, 'attempt')).toBe(attempts);
});

const countOf = ({ told }: FieldedPlayer, event: string) => told.filter((it) => it.event === event).length;
