import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const SUBSCRIBE = /^\*\d+\r\n\$9\r\nsubscribe\r\n/i;

/** A TCP proxy to `port` that can be cut. */
export async function startProxy(
  port: number,
): Promise<{ port: number; cut(): void; mend(): void; hold(): void; release(): void; hush(): void; unhush(): void }> {
  const open = new Set<Socket>();
  /** Connections to Redis with a subscription. */
  const subscribed = new Set<Socket>();
  let isCut = false;
  let isHushed = false;
  let held: (() => void)[] | undefined;
  const server = createServer((socket) => {
    const target = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      open.add(one);
      one.on('data', (data) => {
        if (one === socket && SUBSCRIBE.test(data.toString('latin1'))) subscribed.add(target);
        if (isHushed && subscribed.has(one)) return;
        if (held && one === socket) held.push(() => other.write(data));
        else if (!isCut) other.write(data);
      });
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    if (isCut) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    close();
  });
  return {
    port: (server.address() as { port: number }).port,
    /** Like a broken cable: no data arrives, and no connection is closed. */
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
      // Data sent meanwhile is lost, so the connections are unusable and are closed.
      close();
    },
    /** Delays data of clients until `release`; data to clients still arrives. */
    hold: () => {
      held = [];
    },
    release: () => {
      const late = held ?? [];
      held = undefined;
      for (const write of late) write();
    },
    /** Drops published messages silently; everything else still arrives. */
    hush: () => {
      isHushed = true;
    },
    unhush: () => {
      isHushed = false;
    },
  };
}
