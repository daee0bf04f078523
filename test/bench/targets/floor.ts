import uws from 'uWebSockets.js';
import { Server } from 'socket.io';

/** The minimum cost of Socket.IO on µWS: no validation, no storage, a constant forwarded for each report. */
const PATCH = { deviceId: 'bench-0', version: 1, patch: [{ op: 'replace', path: '/state', value: 'x'.repeat(620) }] };

const app = uws.App();
const io = new Server();
io.attachApp(app);
const admins = io.of('/admin');
let reports = 0;
process.on('message', (message) => {
  if (message === 'reports?') process.send?.({ reports });
});
io.on('connection', (socket) => {
  socket.on('player:register', ({ deviceId }) => {
    void socket.join(deviceId);
    socket.emit('player:registered', { deviceId });
  });
  socket.on('player:state', () => {
    reports++;
    admins.emit('state:updated', PATCH);
  });
  socket.on('player:command:response', (response) => admins.emit('command:response', response));
});
admins.on('connection', (socket) => {
  socket.on('fleet:subscribe', (_request, ack) => ack({ ok: true }));
  socket.on('fleet:unsubscribe', (_request, ack) => ack({ ok: true }));
  socket.on('command:send', (command, ack) => {
    io.to(command.deviceId).emit('player:command', command);
    ack({ ok: true });
  });
});
app.listen('127.0.0.1', 0, (listening) => {
  if (listening) process.send?.({ port: uws.us_socket_local_port(listening) });
});
