import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';

const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

it('R11 after a stall the sockets are read before a timer fires; a timer that is cleared meanwhile does not fire', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = await accepted;
  onTestFinished(() => void client.destroy());
  const order: string[] = [];
  const silence = systemClock.setTimeout(() => order.push('silence'), 50);
  const other = new Promise<void>((resolve) => {
    systemClock.setTimeout(() => {
      order.push('other');
      resolve();
    }, 50);
  });
  socket.on('data', () => {
    order.push('answer');
    systemClock.clearTimeout(silence);
  });
  await new Promise<void>((resolve) => client.write('answer', () => resolve()));
  stall(700);
  await other;
  expect(order).toEqual(['answer', 'other']);
});

it('R11 a timer that is on time fires on time', async () => {
  const begun = performance.now();
  await new Promise<void>((resolve) => void systemClock.setTimeout(() => resolve(), 20));
  expect(performance.now() - begun).toBeGreaterThanOrEqual(19);
});
