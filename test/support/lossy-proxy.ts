import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

export interface LossyProxy {
  url: string;
  /** Number of stream messages (including their binary part) that were dropped. */
  lost: number;
  /** Decides for each stream message whether it is dropped. */
  loses: () => boolean;
  /** Stops all data from the server, while connections stay open. */
  isSilent: boolean;
  /** Closes all connections. */
  cut(): void;
}

/** A network between an admin and the server that drops whole stream messages, as a full back-pressure buffer does. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const door = new WebSocketServer({ noServer: true });
  const server = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = new Set<WebSocket>();
  const proxy: LossyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: 0,
    loses: () => false,
    isSilent: false,
    cut: () => {
      for (const socket of open) socket.terminate();
    },
  };
  // If the target is not listening, the connection is not accepted either.
  server.on('upgrade', (request, raw, head) => {
    const upstream = new WebSocket(target.replace(/^http/, 'ws') + request.url);
    const refuse = () => raw.destroy();
    const early: [WebSocket.RawData, boolean][] = [];
    const keep = (data: WebSocket.RawData, isBinary: boolean) => void early.push([data, isBinary]);
    upstream.on('message', keep);
    upstream.once('error', refuse);
    upstream.once('open', () => {
      door.handleUpgrade(request, raw, head, (client) => {
        upstream.off('error', refuse).off('message', keep);
        relay(client, upstream, early);
      });
    });
  });

  function relay(client: WebSocket, upstream: WebSocket, early: readonly [WebSocket.RawData, boolean][]): void {
    let loseBinary = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.terminate();
        upstream.terminate();
      });
    }
    client.on('message', (data, isBinary) => upstream.send(data, { binary: isBinary }));
    const pass = (data: WebSocket.RawData, isBinary: boolean) => {
      if (proxy.isSilent || (isBinary && loseBinary)) {
        loseBinary = false;
        return;
      }
      const text = isBinary ? '' : String(data);
      if (text.includes('"state:updated"') && proxy.loses()) {
        proxy.lost++;
        loseBinary = text.startsWith('45');
        return;
      }
      client.send(data, { binary: isBinary });
    };
    for (const [data, isBinary] of early) pass(data, isBinary);
    upstream.on('message', pass);
  }

  onTestFinished(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
