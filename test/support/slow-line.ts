import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const STEP_MS = 20;

/** A line to `port` on which clients get so many bytes a second; what they send is never slow. Returns its own port. */
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
    // Not faster afterwards, where the machine was busy: that would be another line.
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += step) {
        to.write(chunk.subarray(at, at + step));
        await delay(STEP_MS);
      }
    }
  } catch {
    // One of the two has ended.
  }
}
