import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { onTestFinished } from 'vitest';

/** An HTTP server that is not vigia, until the end of the test; with `sockets`, also a Socket.IO server. */
export async function startOther(
  listener: RequestListener,
  sockets?: (io: Server) => void,
): Promise<{ url: string; port: number }> {
  const server = createServer(listener);
  if (sockets) sockets(new Server(server, { cors: { origin: '*' } }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

/** Says hello to admins, and registers players, with another version of the protocol. */
export function ofProtocol(protocol: number): (io: Server) => void {
  return (io) => {
    io.of('/admin').on('connection', (socket: Socket) => socket.emit('server:hello', { protocol }));
    io.on('connection', (socket) => {
      socket.on('player:register', ({ deviceId }) => {
        socket.emit('player:registered', { deviceId, sessionId: 's', serverTime: '', stateIntervalMs: 1000, protocol });
      });
    });
  };
}

/** Streams a fleet of devices `d00000`, `d00001`, … to admins, in parts, without any other service. */
export function ofFleet(count: number): {
  serve(io: Server): void;
  change(deviceId: string, path: string, value: unknown): void;
} {
  const PART = 2000;
  const ids = Array.from({ length: count }, (_, i) => `d${String(i).padStart(5, '0')}`);
  const versions = new Map(ids.map((id) => [id, 1]));
  const at = new Date(0).toISOString();
  const documentOf = (id: string) => ({
    ...{ id, name: id, type: null, group: 'hall', appVersion: '1.0.0', network: null, labels: {} },
    connection: {
      status: 'online',
      since: at,
      lastSeenAt: at,
      address: null,
      sessionId: id,
      node: null,
      clockSkewMs: 0,
    },
    report: { status: 'live', receivedAt: at, measuredAt: at, intervalMs: 30_000 },
    playback: { status: 'playing', item: 'a.mp4', playlist: null, fullscreen: true, volume: 100 },
    onAir: { status: 'yes', since: at, why: 'playing' },
    ...{ capabilities: { commands: [] }, state: {}, commands: {} },
  });
  let admins: ReturnType<Server['of']> | undefined;
  let sequence = 0;
  return {
    serve(io) {
      admins = io.of('/admin');
      const heartbeat = setInterval(
        () => admins?.emit('state:updated', { cursor: `c.${sequence}`, updates: [] }),
        1000,
      );
      onTestFinished(() => clearInterval(heartbeat));
      admins.on('connection', (socket) => {
        let sent = 0;
        const next = () => {
          const devices = ids.slice(sent, sent + PART).map((id) => ({ version: 1, document: documentOf(id) }));
          sent += PART;
          return { ok: true, devices, more: Math.max(0, count - sent) };
        };
        socket.on('fleet:subscribe', (_, ack) => ack({ cursor: `c.${sequence}`, ...next() }));
        socket.on('fleet:more', (_, ack) => ack(next()));
      });
    },
    change(deviceId, path, value) {
      const version = (versions.get(deviceId) ?? 0) + 1;
      versions.set(deviceId, version);
      const updates = [{ deviceId, version, at, patch: [{ op: 'replace', path, value }] }];
      admins?.emit('state:updated', { cursor: `c.${++sequence}`, updates });
    },
  };
}
