import uws from 'uWebSockets.js';
import { Server, type Socket } from 'socket.io';

/**
 * The minimum cost of an idle fleet on Socket.IO and µWS, with Engine.IO's heartbeats: requests a state from each
 * device once in STATE_INTERVAL_MS, lets Socket.IO parse it and discards it. Admins receive only results of their
 * commands.
 */
const INTERVAL_MS = Number(process.env.STATE_INTERVAL_MS);
const SLOT_MS = 50;

const app = uws.App();
const io = new Server();
io.attachApp(app);
const admins = io.of('/admin');
const devices = new Map<string, Socket>();
const wheel = Array.from({ length: Math.ceil(INTERVAL_MS / SLOT_MS) }, () => new Set<Socket>());
const start = performance.now();
let turned = 0;
let reports = 0;

setInterval(() => {
  for (const due = (performance.now() - start) / SLOT_MS; turned < due; turned++) {
    for (const socket of slotAt(turned)) socket.emit('player:request:state');
  }
}, SLOT_MS);

function slotAt(turn: number): Set<Socket> {
  return wheel[turn % wheel.length] as Set<Socket>;
}

process.on('message', (message) => {
  if (message === 'reports?') process.send?.({ reports });
});
io.on('connection', (socket) => {
  socket.on('player:register', ({ deviceId }) => {
    devices.set(deviceId, socket);
    const slot = slotAt(turned - 1 + wheel.length).add(socket);
    socket.once('disconnect', () => {
      slot.delete(socket);
      if (devices.get(deviceId) === socket) devices.delete(deviceId);
    });
    socket.emit('player:registered', { deviceId });
    socket.emit('player:request:state');
  });
  socket.on('player:state', () => {
    reports++;
  });
  socket.on('player:command:response', (response) => admins.emit('command:response', response));
});
admins.on('connection', (socket) => {
  socket.on('fleet:subscribe', (_request, ack) => ack({ ok: true }));
  socket.on('command:send', (command, ack) => {
    devices.get(command.deviceId)?.emit('player:command', command);
    ack({ ok: true });
  });
});
app.listen('127.0.0.1', 0, (listening) => {
  if (listening) process.send?.({ port: uws.us_socket_local_port(listening) });
});
