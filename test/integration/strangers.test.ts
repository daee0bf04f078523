import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { peakOf } from '../support/memory.ts';
import { dial, openPolling } from '../support/raw.ts';
import { sharedServer, type TestServer } from '../support/server.ts';

const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];
const MANY = 150;
const BYTES = 4_800_000;
/** A frame large enough for any state. */
const STATE_BYTES = 270_000;
/** A young process grows by itself as well (69 MiB were seen). Held, the uploads would be 690. */
const MAX_GROWTH_MIB = 100;
const BLOCK = Buffer.alloc(64 * 1024, 0x20);

/** Sends this much, or as much as is accepted, without completing the frame. Resolves once nothing more can be sent. */
async function pour(socket: Socket, heads: readonly (string | Buffer)[], bytes: number): Promise<void> {
  const gone = new Promise((resolve) => socket.once('close', resolve));
  for (const [i, head] of heads.entries()) {
    // Earlier messages are answered first.
    if (i > 0) await Promise.race([new Promise((resolve) => socket.once('data', resolve)), gone]);
    socket.write(head);
  }
  for (let left = bytes - 1; left > 0 && !socket.destroyed; left -= BLOCK.length) {
    if (socket.write(BLOCK.subarray(0, left))) continue;
    const pause = new Promise((resolve) => setTimeout(resolve, 500, 'stuck'));
    const drained = new Promise((resolve) => socket.once('drain', resolve));
    if ((await Promise.race([drained, gone, pause])) === 'stuck') return;
  }
}

const post = (path: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES}\r\n${headers}\r\n`;

const WRONG = 'Authorization: Bearer wrong\r\n';
const UPLOADS = [['/api/v1/devices'], ['/api/v1/devices', WRONG], ['/api/v1/devices/d/snapshot', WRONG]];

const UPGRADE = Buffer.from(
  [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n'),
);

/** The head of a frame. */
function frame(bytes: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt16BE(0x81ff, 0);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

/** An established one, and a new one. */
async function expectServed(server: TestServer, known: ReturnType<typeof playerOfSecondGeneration>): Promise<void> {
  expect(await known.emitWithAck('player:state', { text: 'x'.repeat(200_000) })).toEqual({ ok: true });
  for (const transports of [['websocket'], ['polling', 'websocket']]) {
    const player = playerOfSecondGeneration(server, 'comes', { transports });
    await register(player, 'comes');
    expect(await player.emitWithAck('player:state', { text: 'x'.repeat(9000) })).toEqual({ ok: true });
    player.disconnect();
  }
  expect((await server.fetch('/readyz')).status).toBe(200);
}

describe.each([
  ['µWS', [] as string[]],
  ['Node', noNative],
])('on %s', (host, nodeArgs) => {
  const shared = sharedServer({ TRANSPORT: 'uws' }, nodeArgs);

  it.each([
    ['uploads', async (_: TestServer, i: number) => post(UPLOADS[i % 3]?.[0] as string, UPLOADS[i % 3]?.[1])],
    ['polls', async (server: TestServer) => post((await openPolling(server)).path)],
    ['frames of a WebSocket', async () => [UPGRADE, frame(BYTES)]],
    ['smaller frames of a WebSocket', async () => [UPGRADE, frame(STATE_BYTES)]],
    ['frames that come with the upgrade', async () => Buffer.concat([UPGRADE, frame(BYTES)])],
  ])(`L10 ${MANY} unfinished %s of strangers are not held`, async (what, make) => {
    const known = playerOfSecondGeneration(shared.it, 'known', { transports: ['websocket'] });
    await register(known, 'known');
    const heads = await Promise.all(Array.from({ length: MANY }, (_, i) => make(shared.it, i)));
    const peak = peakOf(shared.it);
    const sockets = heads.map(() => dial(shared.it));
    const bytes = what.startsWith('smaller') ? STATE_BYTES : BYTES;
    await Promise.all(sockets.map((socket, i) => pour(socket, [heads[i] ?? []].flat(), bytes)));
    await expectServed(shared.it, known);
    console.log(`${host}: ${MANY} ${what}: ${peak().toFixed(0)} MiB`);
    expect(peak()).toBeLessThan(MAX_GROWTH_MIB);
    for (const socket of sockets) socket.destroy();
    known.disconnect();
  });

  it('L10 signed-in clients can send messages up to MAX_MESSAGE_BYTES, on any transport', async () => {
    for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
      const id = transports.join('-');
      const player = playerOfSecondGeneration(shared.it, id, { transports });
      await register(player, id);
      if (transports.length > 1) await expect.poll(() => player.io.engine.transport.name).toBe('websocket');
      const answer = await player.emitWithAck('player:state', { text: 'x'.repeat(4_500_000) });
      expect(answer).toMatchObject({ code: 'payload_too_large' });
      expect(player.connected).toBe(true);
    }
  });

  it('L10 50 players that connect at once by WebSocket sign in, and none loses its connection by a large state', async () => {
    const players = Array.from({ length: 50 }, (_, i) =>
      playerOfSecondGeneration(shared.it, `crowd-${i}`, { transports: ['websocket'] }),
    );
    await Promise.all(players.map((player) => next(player, 'connect')));
    const ids = players.map(({ id }) => id);
    await Promise.all(players.map((player, i) => register(player, `crowd-${i}`)));
    for (const player of players)
      expect(await player.emitWithAck('player:state', { text: 'x'.repeat(200_000) })).toEqual({ ok: true });
    expect(players.map(({ id }) => id)).toEqual(ids);
  });
});
