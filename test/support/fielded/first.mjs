import { io } from 'socket.io-client';
import { carryOut, deviceId, monitor, monitorMs, reconnectMs, script, token, url } from './machine.mjs';

/** The first generation: answers requests with a constant, and pushes the measurements of its monitor. */
const profile = {
  deviceId,
  deviceName: `host-${deviceId}`,
  deviceType: 'player',
  deviceGroup: 'default',
  appVersion: '1.0.0',
};

const socket = io(url, {
  auth: { token },
  query: { ...profile, deviceNetwork: {} },
  ...{ reconnectionAttempts: 20, reconnectionDelay: reconnectMs, reconnectionDelayMax: reconnectMs },
});

socket.on('connect', () => socket.emit('player:register', profile));
socket.on('player:request:state', () =>
  socket.emit('player:state', {
    ...{ playing: false, currentMedia: {}, volume: 100 },
    ...{ timestamp: new Date().toISOString(), deviceId },
  }),
);
socket.on('player:request:snapshot', () => {});
socket.on('player:command', async (command) => socket.emit('player:command:response', await carryOut(command)));

function push(state) {
  socket.emit('player:state', state);
  // The same data again, in events that the server does not know.
  socket.emit('system:status', { deviceId, ...state.system });
  socket.emit('player:status', { deviceId, ...state.vlc });
}

socket.once('player:registered', () => {
  push({});
  // With an interval of 0, the monitor does not run.
  if (monitorMs > 0) monitor(push);
});

script(socket);
