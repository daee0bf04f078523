import pino from 'pino';
import { expect, test } from 'vitest';
import { serveAdmins } from '../../src/gateway/admins.ts';
import { deviceDocument } from '../support/http-harness.ts';
import { noMetrics } from '../support/no-metrics.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const MAX_WATCHED = 1000;

/** One admin's socket, and the answers sent to it. */
function connect() {
  const watched = new Set<string>();
  let connected: (socket: unknown) => void = () => {};
  let received: (event: string, payload: unknown, ack: (answer: unknown) => void) => void = () => {};
  const namespace = {
    on: (_: string, listener: typeof connected) => {
      connected = listener;
    },
  };
  const clock = simulatedClock();
  serveAdmins(
    namespace as never,
    {
      devices: {
        get: (id: string) => ({ version: 1, document: deviceDocument(id) }),
        watch: (id: string) => {
          watched.add(id);
          return 2000;
        },
        unwatch: (id: string) => void watched.delete(id),
      },
      desk: { notifyMissed: async () => {} },
      clock,
      log: pino({ level: 'silent' }),
      metrics: noMetrics(),
      audit: { record: () => {} },
      closed: () => {},
    } as never,
  );
  const nothing = () => {};
  connected({
    id: 'socket',
    data: { identity: { tokenId: 't', name: 'ana', role: 'viewer' } },
    handshake: { address: '192.0.2.1' },
    conn: { transport: {}, writeBuffer: [] },
    join: nothing,
    leave: nothing,
    emit: nothing,
    on: nothing,
    once: nothing,
    onAny: (listener: typeof received) => {
      received = listener;
    },
  });
  const ask = (event: string, deviceId: string) =>
    new Promise<{ ok: boolean; error?: { code: string } }>((resolve) =>
      received(event, { deviceId }, (answer) => resolve(answer as { ok: boolean })),
    );
  return { ask, watched };
}

test('L7 an admin watches at most 1000 devices at once', async () => {
  const { ask, watched } = connect();
  for (let i = 0; i < MAX_WATCHED; i++) expect((await ask('device:watch', `d${i}`)).ok).toBe(true);
  expect(await ask('device:watch', 'one-more')).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
  expect(watched.size).toBe(MAX_WATCHED);
  expect((await ask('device:watch', 'd7')).ok, 'one that it watches already').toBe(true);
  await ask('device:unwatch', 'd7');
  expect((await ask('device:watch', 'one-more')).ok).toBe(true);
});
