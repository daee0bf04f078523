import type { Socket } from 'socket.io-client';
import { expect } from 'vitest';
import { admin, gather, next } from './clients.ts';
import type { TestServer } from './server.ts';

/** `command:response` as an admin receives it. */
export interface Ending {
  commandId: string;
  deviceId: string;
  command: string;
  status: string;
  result?: unknown;
  message?: string;
  attempts: number;
  confirmedBy?: string;
  durationMs: number;
}

export async function operator(server: TestServer): Promise<Socket> {
  const socket = admin(server);
  await next(socket, 'connect');
  return socket;
}

/** Sends a command and resolves with its result. */
export async function run(socket: Socket, request: object, ms?: number): Promise<Ending> {
  const endings = gather<Ending>(socket, 'command:response');
  const answer = await socket.emitWithAck('command:send', request);
  expect(answer).toMatchObject({ ok: true });
  const [{ commandId }] = answer.commands;
  const known = endings.find((it) => it.commandId === commandId);
  return known ?? next<Ending>(socket, 'command:response', (it) => it.commandId === commandId, ms);
}
