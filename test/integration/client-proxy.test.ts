import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { connectPlayer } from '../../src/client/player.ts';
import { sharedServer } from '../support/server.ts';

const shared = sharedServer();

/** `unanswered`: it never answers an upgrade. `mute`: it does, and passes nothing on in either direction after that. */
async function swallowingProxy(
  port: number,
  how: 'unanswered' | 'mute',
): Promise<{ url: string; upgrades: () => number }> {
  const open = new Set<Socket>();
  let upgrades = 0;
  const server = createServer((socket) => {
    const target = connect(port, '127.0.0.1');
    let isUpgrade = false;
    let wasAnswered = false;
    for (const it of [socket, target]) {
      open.add(it);
      it.on('error', () => {});
    }
    socket.on('close', () => target.destroy());
    target.on('close', () => socket.destroy());
    socket.on('data', (data) => {
      if (isUpgrade) return;
      isUpgrade = /^upgrade: websocket/im.test(data.toString('latin1'));
      if (isUpgrade) upgrades++;
      if (!isUpgrade || how === 'mute') target.write(data);
    });
    target.on('data', (data) => {
      if (isUpgrade && wasAnswered) return;
      wasAnswered ||= isUpgrade;
      socket.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, upgrades: () => upgrades };
}

test.each(['unanswered', 'mute'] as const)(
  'P9 behind a proxy that swallows WebSockets (%s) both libraries connect',
  async (how) => {
    const { url, upgrades } = await swallowingProxy(shared.it.port, how);
    const begun = performance.now();
    const admin = connectAdmin({ url, token: shared.it.adminToken, scope: { all: true } });
    onTestFinished(() => admin.close());
    const id = `behind-${how}`;
    const player = connectPlayer({ url, deviceId: id, token: shared.it.playerToken, commands: {} });
    onTestFinished(() => player.close());
    await Promise.all([admin.ready(), player.ready()]);
    expect(performance.now() - begun).toBeLessThan(5000);
    await expect.poll(upgrades, { message: 'they try' }).toBeGreaterThan(0);
    expect((await admin.get(id)).document.connection.status).toBe('online');
  },
);
