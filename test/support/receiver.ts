import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Receiver {
  url: string;
  /** The bodies that were answered with 200, and all bodies. */
  taken: Message[];
  came: Message[];
  /** The next responses, in order; after that, 200. `hang`: no response. */
  next: (number | 'hang')[];
}

export interface Message {
  text: string;
  alerts: { id: string; key: string; state: string; alert: string; about: string }[];
}

/** A webhook receiver that can fail. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', taken: [], came: [], next: [] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const message = JSON.parse(body) as Message;
    receiver.came.push(message);
    const answer = receiver.next.shift() ?? 200;
    if (answer === 'hang') return;
    if (answer === 200) receiver.taken.push(message);
    response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}
