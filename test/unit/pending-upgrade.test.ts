import type { HttpResponse, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { beforeEach, expect, test, vi } from 'vitest';
import { PendingUpgrade, type UserData } from '../../src/gateway/pending-upgrade.ts';

const transport = { onClose: vi.fn() };
const events = { taken: vi.fn(), gone: vi.fn() };
const ws = { getUserData: () => ws, cork: (write: () => void) => write(), close: vi.fn(() => pending.closed()) };
const request = { onAborted: vi.fn(), upgrade: vi.fn(), writeStatus: vi.fn(), writeHeader: vi.fn(), end: vi.fn() };
let pending: PendingUpgrade;
let engine: HttpResponse;

beforeEach(() => {
  vi.clearAllMocks();
  request.upgrade.mockImplementation(() => pending.opened(ws as unknown as WebSocket<UserData>));
  pending = new PendingUpgrade(request as unknown as HttpResponse, events);
  engine = pending.response;
});

test('R9 a request is upgraded in its own callback, and Engine.IO takes the WebSocket later', () => {
  upgrade();
  expect(request.upgrade).toHaveBeenCalledOnce();
  expect(events.taken).not.toHaveBeenCalled();
  take();
  expect(events.taken).toHaveBeenCalledExactlyOnceWith(transport, ws);
  expect(ws).toHaveProperty('transport', transport);
});

test('Engine.IO can take it before the upgrade', () => {
  take();
  upgrade();
  expect(events.taken).toHaveBeenCalledExactlyOnceWith(transport, ws);
});

test('a request that Engine.IO refuses at once is answered, not upgraded', () => {
  engine.cork(() => engine.writeStatus('400 Bad Request').writeHeader('a', 'b').end('no'));
  upgrade();
  expect(request.end).toHaveBeenCalledExactlyOnceWith('no');
  expect(request.upgrade).not.toHaveBeenCalled();
  expect(events.gone).toHaveBeenCalledOnce();
});

test('one that Engine.IO refuses later is closed', () => {
  upgrade();
  engine.cork(() => engine.writeStatus('403 Forbidden').end('no'));
  expect(ws.close).toHaveBeenCalledOnce();
  expect(events.gone).toHaveBeenCalledOnce();
});

test('when the client disconnects first, Engine.IO is told, and its transport ends', () => {
  const aborted = vi.fn();
  engine.onAborted(aborted);
  upgrade();
  pending.closed();
  expect(aborted).toHaveBeenCalledOnce();
  expect(events.gone).toHaveBeenCalledOnce();
  take();
  expect(events.taken).not.toHaveBeenCalled();
  expect(transport.onClose).toHaveBeenCalledOnce();
});

function upgrade() {
  pending.upgrade('key', '', '', {} as us_socket_context_t);
}

function take() {
  engine.upgrade({ transport }, 'key', '', '', {} as us_socket_context_t);
}
