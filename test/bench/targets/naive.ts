import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { z } from 'zod';

/** A quick implementation: Node's http and ws, zod, a Map, and full states to admins. */
const State = z.looseObject({
  timestamp: z.string(),
  system: z.looseObject({ hostname: z.string(), uptime: z.number(), totalMem: z.number(), freeMem: z.number() }),
  storage: z.looseObject({ totalSpace: z.number(), freeSpace: z.number(), usedSpace: z.number() }),
  vlc: z.looseObject({
    connected: z.boolean(),
    playing: z.boolean(),
    paused: z.boolean(),
    stopped: z.boolean(),
    currentItem: z.string().nullable(),
    position: z.number(),
    time: z.number(),
    length: z.number(),
    volume: z.number(),
  }),
  app: z.looseObject({ deviceId: z.string(), version: z.string() }),
  activePlaylist: z.looseObject({ playlistName: z.string().nullable(), fileCount: z.number() }),
});

const server = createServer();
const io = new Server(server);
const admins = io.of('/admin');
const states = new Map<string, unknown>();
let reports = 0;
process.on('message', (message) => {
  if (message === 'reports?') process.send?.({ reports });
});
io.on('connection', (socket) => {
  let deviceId = '';
  socket.on('player:register', (payload) => {
    deviceId = payload.deviceId;
    void socket.join(deviceId);
    socket.emit('player:registered', { deviceId });
  });
  socket.on('player:state', (state) => {
    reports++;
    const parsed = State.safeParse(state);
    if (!parsed.success) return;
    states.set(deviceId, parsed.data);
    admins.emit('state:updated', { deviceId, state: parsed.data });
  });
  socket.on('player:command:response', (response) => admins.emit('command:response', response));
});
admins.on('connection', (socket) => {
  socket.on('fleet:subscribe', (_request, ack) => ack({ ok: true, devices: [...states] }));
  socket.on('fleet:unsubscribe', (_request, ack) => ack({ ok: true }));
  socket.on('command:send', (command, ack) => {
    io.to(command.deviceId).emit('player:command', command);
    ack({ ok: true });
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
