import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export type Handler = (response: ServerResponse, request: IncomingMessage) => void;

export interface PictureServer {
  readonly port: number;
  /** All requested paths, in order. */
  readonly asked: string[];
  /** Sets the response for a path; all others get 404. */
  serve(path: string, handler: Handler | Buffer): void;
}

/** A player's web server on the loopback, closed at the end of the file. */
export async function pictureServer(): Promise<PictureServer> {
  const asked: string[] = [];
  const handlers = new Map<string, Handler>();
  const server = createServer((request, response) => {
    const path = request.url as string;
    asked.push(path);
    const handler = handlers.get(path);
    if (handler) handler(response, request);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    serve: (path, it) => void handlers.set(path, Buffer.isBuffer(it) ? (response) => response.end(it) : it),
  };
}
