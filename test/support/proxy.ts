import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const SUBSCRIBE = /^\*\d+\r\n\$9\r\nsubscribe\r\n/i;

/** A network that can be cut: everything to `port` goes through here, and while it is cut, nothing does. */
export async function startProxy(
  port: number,
): Promise<{ port: number; cut(): void; mend(): void; hold(): void; release(): void; hush(): void; unhush(): void }> {
  const open = new Set<Socket>();
  /** Connections to Redis that have subscribed to something. */
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
    /** As a broken cable: nothing arrives, and nobody is told. */
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
      // What was sent meanwhile is lost, and with it the connections' sense.
      close();
    },
    /** What clients send is on its way until it is released; what they get comes as ever. */
    hold: () => {
      held = [];
    },
    release: () => {
      const late = held ?? [];
      held = undefined;
      for (const write of late) write();
    },
    /** What is published is lost on its way to its subscribers, and nobody is told; all else comes as ever. */
    hush: () => {
      isHushed = true;
    },
    unhush: () => {
      isHushed = false;
    },
  };
}
