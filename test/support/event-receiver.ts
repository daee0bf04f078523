import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

export interface Received {
  id: string;
  type: string;
  timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: the assertions define its shape
  data: any;
  answered: number | 'hang';
  signature: string | undefined;
}

export interface EventReceiver {
  url: string;
  port: number;
  /** Secret for verifying signatures. */
  secret: string | undefined;
  /** All requests in order, with their responses. */
  came: Received[];
  /** The requests that were answered with 2xx. */
  readonly taken: Received[];
  /** Requests with an invalid signature. */
  forged: string[];
  /** The response to all further requests. */
  answer: number | 'hang';
}

/** A webhook receiver that verifies messages with the library of Standard Webhooks. */
export async function startEventReceiver(): Promise<EventReceiver> {
  const receiver: EventReceiver = {
    url: '',
    port: 0,
    secret: undefined,
    came: [],
    get taken() {
      return this.came.filter(({ answered }) => answered === 200);
    },
    forged: [],
    answer: 200,
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { answer } = receiver;
    try {
      const headers = request.headers as Record<string, string>;
      const message = new Webhook(receiver.secret ?? '').verify(body, headers) as Omit<
        Received,
        'id' | 'answered' | 'signature'
      >;
      const signature = headers['webhook-signature'];
      receiver.came.push({ id: headers['webhook-id'] as string, ...message, answered: answer, signature });
    } catch (error) {
      receiver.forged.push(`${(error as Error).message}: ${body}`);
    }
    if (answer === 'hang') return;
    response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end('x'.repeat(10_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.port = (server.address() as AddressInfo).port;
  receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
  return receiver;
}
