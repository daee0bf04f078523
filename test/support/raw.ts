import { connect as connectSocket, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import type { TestServer } from './server.ts';

/** A bare TCP connection, for data that no HTTP client would send. */
export function dial(server: TestServer): Socket & { received(): string } {
  const socket = connectSocket(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return Object.assign(socket, { received: () => text });
}

/** Maximum time to the first byte of a response on a busy machine. */
const FIRST_MS = 3000;

/** Sends the data and resolves with the response, until the connection ends or is silent for `restMs`. */
export function exchange(server: TestServer, data: string | Buffer, restMs = 150): Promise<string> {
  const socket = dial(server);
  socket.write(data);
  return new Promise((resolve) => {
    const done = () => {
      socket.destroy();
      resolve(socket.received());
    };
    socket.setTimeout(Math.max(FIRST_MS, restMs), done);
    socket.once('data', () => socket.setTimeout(restMs));
    socket.on('close', done);
  });
}

const ENGINE = '/socket.io/?EIO=4';

/** An Engine.IO long-polling session without a client. */
export async function openPolling(server: TestServer): Promise<{ sid: string; url: string; path: string }> {
  const answer = await fetch(`${server.url}${ENGINE}&transport=polling`);
  const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
  const path = `${ENGINE}&transport=polling&sid=${sid}`;
  return { sid, url: server.url + path, path };
}

/** A WebSocket that sends only the Engine.IO packets of the test. */
export async function openWebSocket(
  server: TestServer,
  query = '&transport=websocket',
): Promise<{ ws: WebSocket; received: string[]; closed: Promise<number> }> {
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}${ENGINE}${query}`);
  const received: string[] = [];
  ws.on('message', (data) => received.push(String(data)));
  ws.on('error', () => {});
  onTestFinished(() => ws.terminate());
  const closed = new Promise<number>((resolve) => ws.on('close', resolve));
  await Promise.race([new Promise((resolve) => ws.once('open', resolve)), closed]);
  return { ws, received, closed };
}

/** Signs in as a player over a raw WebSocket; resolves once it is confirmed. */
export async function openPlayer(server: TestServer, deviceId: string) {
  const raw = await openWebSocket(server);
  const confirmed = new Promise<void>((resolve, reject) => {
    raw.ws.on('message', (data) => {
      if (String(data).startsWith('40')) resolve();
      if (String(data).startsWith('44')) reject(new Error(String(data)));
    });
  });
  raw.ws.send(`40${JSON.stringify({ deviceId, authToken: server.playerToken })}`);
  await confirmed;
  return raw;
}
