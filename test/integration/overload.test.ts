import { expect, test } from 'vitest';
import { Wire } from '../bench/wire.ts';
import { figureOf } from '../support/metrics.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

const DEVICES = 1500;
// Fewer changes than A9 allows in a burst (40): after that, the last one may be shown a second later.
const STATES = 30;
const STRANGERS = 100;
const SOON = { timeout: PATIENCE_MS };

test('S9 when more states arrive than can be processed, each device ends with its last one, and all are counted', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '60000' });
  const players: Wire[] = [];
  // On a busy machine, this process could not sign in all at once within the server's 10 s.
  while (players.length < DEVICES) {
    const some = Array.from({ length: 100 }, (_, i) => openPlayer(`screen-${players.length + i}`));
    players.push(...(await Promise.all(some)));
  }
  await expect.poll(() => figureOf(server, 'vigia_devices{status="online"}'), SOON).toBe(DEVICES);
  // Their reports are refused, so they replace nothing.
  const strangers = await Promise.all(Array.from({ length: STRANGERS }, (_, i) => signIn(`screen-${DEVICES - 1 - i}`)));

  const filler = 'x'.repeat(500);
  for (const [i, wire] of players.entries()) {
    for (let n = 1; n <= STATES; n++) wire.emit('player:state', JSON.stringify({ n, filler: `${filler}${n}` }));
    strangers[DEVICES - 1 - i]?.emit('player:state', JSON.stringify({ n: 'of nobody' }));
  }
  // Including the polled one of each.
  const counted = async () =>
    (await figureOf(server, 'vigia_reports_total')) + (await figureOf(server, 'vigia_reports_overtaken_total'));
  await expect.poll(counted, SOON).toBe(DEVICES * (STATES + 1));
  expect(await figureOf(server, 'vigia_reports_overtaken_total')).toBeGreaterThan(0);
  const { body } = await server.call(`/devices?limit=1000`);
  expect(body.devices).toHaveLength(1000);
  for (const { document } of body.devices) expect(document.state.n, document.id).toBe(STATES);

  async function signIn(deviceId: string): Promise<Wire> {
    const wire = new Wire(server.url, { query: `&deviceId=${deviceId}`, auth: { token: server.playerToken } });
    await wire.connected;
    return wire;
  }

  async function openPlayer(deviceId: string): Promise<Wire> {
    const wire = await signIn(deviceId);
    const asked = new Promise<void>((resolve) => {
      wire.onEvent = (event) => event === 'player:request:state' && resolve();
    });
    wire.emit('player:register', JSON.stringify({ deviceId }));
    await asked;
    wire.emit('player:state', JSON.stringify({ n: 0 }));
    return wire;
  }
});
