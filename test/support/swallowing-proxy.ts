import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** `unanswered`: never answers an upgrade. `mute`: answers it, and forwards no data after that. */
export async function swallowingProxy(
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
