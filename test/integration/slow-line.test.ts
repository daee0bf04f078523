import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import pino from 'pino';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { publisher, serveAdmins } from '../../src/gateway/admins.ts';
import { StateDecoder } from '../../src/gateway/decoder.ts';
import { BatchEncoder } from '../../src/gateway/encoder.ts';
import { repeat } from '../../src/ports/repeat.ts';
import type { VersionedDocument } from '../../src/protocol/document.ts';
import { Stream } from '../../src/stream/stream.ts';
import { openHarness } from '../support/harness.ts';
import { noMetrics } from '../support/no-metrics.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { startSlowLine } from '../support/slow-line.ts';

const BYTES_PER_S = 256_000 / 8;
const DEVICES = 300;
/** A twentieth of Engine.IO's default, and parts in proportion: a fleet of 300 then corresponds to one of 6,000. */
const PING_MS = 1500;
const PART_SIZE = 8 * 1024;

/** The admin side of a fleet of 300 devices of 2 kB. */
async function serve(): Promise<number> {
  const harness = await openHarness({ clock: simulatedClock() });
  for (let n = 0; n < DEVICES; n++) {
    // As compressible as names and addresses.
    harness.fleet.enrol(`d-${n}`).edit({ labels: { note: `${n} `.repeat(500) } });
  }
  const http = createServer();
  const server = new Server(http, {
    parser: { Encoder: BatchEncoder, Decoder: StateDecoder },
    pingInterval: PING_MS,
    pingTimeout: PING_MS,
  });
  const admins = server.of('/admin');
  admins.use((socket, next) => {
    socket.data.identity = { tokenId: 't', name: 'admin', role: 'admin' };
    next();
  });
  const { fleet, desk } = harness;
  const [log, metrics] = [pino({ level: 'silent' }), noMetrics()];
  const devices = { all: () => fleet.all(), get: (id: string) => fleet.get(id) };
  const stream = new Stream({
    devices,
    publish: publisher(admins),
    clock: systemClock,
    metrics,
    partSize: PART_SIZE,
  });
  serveAdmins(admins, {
    devices: fleet,
    desk,
    stream,
    rollouts: { follow: () => [], unfollow: () => {} },
    alerts: { follow: () => ({ alerts: [], total: 0, critical: 0 }), unfollow: () => {} },
    clock: systemClock,
    log,
    metrics,
    audit: { record: () => {} },
    closed: () => {},
  });
  const stopStream = repeat(systemClock, 100, () => stream.flush());
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    stopStream();
    void server.close();
  });
  return (http.address() as AddressInfo).port;
}

function admin(port: number): Socket {
  const socket = io(`http://127.0.0.1:${port}/admin`, { transports: ['websocket'], reconnection: false });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

test('S8 on 256 kbit/s all documents in one message end the connection once, then the client learns how to subscribe; in parts they all arrive', async () => {
  const port = await serve();
  const line = await startSlowLine(port, BYTES_PER_S);
  const all = { scope: { all: true } };

  // On a fast line it is one message, as before.
  const near = await admin(port).emitWithAck('fleet:subscribe', all);
  expect(near.devices).toHaveLength(DEVICES);
  expect(JSON.stringify(near).length).toBeGreaterThan(BYTES_PER_S * 12);

  const first = admin(line);
  const lost = new Promise((resolve) => first.once('disconnect', resolve));
  let isAnswered = false;
  first.emit('fleet:subscribe', all, () => {
    isAnswered = true;
  });
  expect(['ping timeout', 'transport close']).toContain(await lost);
  expect(isAnswered).toBe(false);

  const again = admin(line);
  const ask = () => again.timeout(PATIENCE_MS).emitWithAck('fleet:subscribe', all);
  expect(await ask()).toMatchObject({
    ok: false,
    error: {
      code: 'payload_too_large',
      message: expect.stringContaining("parts: true, and best with encoding: 'deflate'"),
    },
  });
  // Small requests are answered.
  expect(await again.emitWithAck('fleet:subscribe', { scope: { devices: ['d-1'] } })).toMatchObject({ ok: true });

  for (const encoding of ['deflate', 'json']) {
    const ids = new Set<string>();
    let part = await again.emitWithAck('fleet:subscribe', { ...all, parts: true, encoding });
    for (;;) {
      const documents: VersionedDocument[] =
        encoding === 'json' ? part.devices : JSON.parse(inflateRawSync(part.devices).toString());
      for (const { document } of documents) ids.add(document.id);
      // Uncompressed, this would take half a minute.
      if (part.more === 0 || (encoding === 'json' && ids.size > DEVICES / 5)) break;
      part = await again.emitWithAck('fleet:more', {});
    }
    expect(ids.size).toBeGreaterThan(encoding === 'json' ? DEVICES / 5 : DEVICES - 1);
  }
  expect(again.connected).toBe(true);
}, 90_000);
