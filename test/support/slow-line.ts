import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const STEP_MS = 20;

/**
 * A TCP proxy to `port` that limits the bytes per second to clients; data from clients is not limited. Returns its
 * port.
 */
export async function startSlowLine(port: number, bytesPerSecond: number): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    for (const socket of [client, target]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.pipe(target);
    void trickle(target, client, bytesPerSecond);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function trickle(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  const step = (bytesPerSecond * STEP_MS) / 1000;
  try {
    // Does not catch up after a delay of the machine, since this would exceed the limit.
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += step) {
        to.write(chunk.subarray(at, at + step));
        await delay(STEP_MS);
      }
    }
  } catch {
    // One side has closed.
  }
}
