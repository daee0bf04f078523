import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

export interface Received {
  id: string;
  type: string;
  timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the tests expect of it says what it is
  data: any;
  answered: number | 'hang';
  signature: string | undefined;
}

export interface EventReceiver {
  url: string;
  port: number;
  /** Who receives checks the signatures with this. */
  secret: string | undefined;
  /** All that came, in its order, with what it was answered. */
  came: Received[];
  /** Of those, what was answered with 2xx. */
  readonly taken: Received[];
  /** What was not signed as it should be. */
  forged: string[];
  /** How all are answered, from now on. */
  answer: number | 'hang';
}

/** Whoever wants to be told of events; it checks what comes by the library of Standard Webhooks itself. */
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
