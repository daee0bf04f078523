import { expect } from 'vitest';
import { playerOfSecondGeneration, register } from './clients.ts';
import type { TestServer } from './server.ts';

let count = 0;
const lookedAt = new WeakMap<TestServer, number>();

/** Asserts that the server still runs and responds, another device works, and nothing leaked. */
export async function expectHealthy(server: TestServer): Promise<void> {
  expect(server.ended(), server.stderr()).toBeUndefined();
  expect((await server.fetch('/readyz')).status).toBe(200);
  const deviceId = `neighbour-${++count}`;
  const neighbour = playerOfSecondGeneration(server, deviceId, { transports: ['websocket'] });
  await register(neighbour, deviceId);
  expect(await neighbour.emitWithAck('player:state', { vlc: { state: 'playing' } })).toEqual({ ok: true });
  neighbour.disconnect();
  expectDiscreet(server);
}

/** Asserts that the log lines since the last call contain no token and no internal error. */
export function expectDiscreet(server: TestServer): void {
  const lines = server.logs.slice(lookedAt.get(server) ?? 0);
  lookedAt.set(server, server.logs.length);
  const written = lines.map((line) => JSON.stringify(line)).join('\n') + server.stderr();
  for (const secret of [server.adminToken, server.playerToken]) expect(written).not.toContain(secret);
  expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  expect(server.stderr()).toBe('');
}

/** Asserts that an external message reveals no stack trace or source location. */
export function expectNoStack(text: string): void {
  expect(text).not.toMatch(/\n\s+at |node_modules|dist\/src|\.js:\d+/);
}
