import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface Call {
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: what the tests expect of it says what it is
  body: any;
}

export interface Phone {
  url: string;
  port: number;
  calls: Call[];
  /** The next answers, in order; after that, 200 `ok`. */
  next: { status: number; body: string }[];
}

/** A service that takes JSON, such as a chat. */
export async function startPhone(): Promise<Phone> {
  const phone: Phone = { url: '', port: 0, calls: [], next: [] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    phone.calls.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(body) });
    const answer = phone.next.shift() ?? { status: 200, body: 'ok' };
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  phone.port = (server.address() as AddressInfo).port;
  phone.url = `http://127.0.0.1:${phone.port}`;
  return phone;
}

export interface Mailbox {
  port: number;
  mails: { from: string; to: string[]; text: string; user: string | undefined }[];
  /** The answer to the next mails; undefined: accepted. */
  refusal: { code: number; message: string } | undefined;
}

/** A real SMTP server. With a password it wants the user `vigia`. */
export async function startMailbox(password?: string): Promise<Mailbox> {
  const mailbox: Mailbox = { port: 0, mails: [], refusal: undefined };
  const server = new SMTPServer({
    authOptional: password === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password: given }, _session, done) {
      if (username === 'vigia' && given === password) done(null, { user: username });
      else done(new Error(`wrong password ${given}`));
    },
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      stream.on('end', () => {
        if (mailbox.refusal) {
          const { code, message } = mailbox.refusal;
          return done(Object.assign(new Error(message), { responseCode: code }));
        }
        const { mailFrom, rcptTo } = session.envelope;
        mailbox.mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text,
          user: session.user,
        });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => server.close(() => {}));
  mailbox.port = (server.server.address() as AddressInfo).port;
  return mailbox;
}
