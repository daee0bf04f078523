import { io } from 'socket.io-client';
import {
  activePlaylist,
  carryOut,
  deviceId,
  loadPlaylist,
  monitor,
  reconnectMs,
  script,
  token,
  url,
} from './machine.mjs';

/** The second generation: answers requests with its cache and a fresh send time, and has a second socket. */
const options = {
  auth: { deviceId, authToken: token },
  ...{ reconnectionAttempts: 10, reconnectionDelay: reconnectMs, reconnectionDelayMax: reconnectMs },
};
const profile = {
  deviceId,
  ...{ deviceName: `host-${deviceId}`, deviceType: 'player', deviceGroup: 'default', appVersion: '1.0.0' },
  deviceNetwork: {
    eth0: { address: '10.4.0.31', netmask: '255.255.255.0', mac: '02:00:5e:10:00:01', internal: false },
  },
};

const stamped = (state) => ({ ...state, timestamp: new Date().toISOString() });

const socket = io(url, options);
let cache;
socket.on('connect', () => socket.emit('player:register', profile));
socket.on('player:request:state', () => {
  if (cache) socket.emit('player:state', stamped(cache));
});
socket.on('player:request:snapshot', () => {});
socket.on('player:command', async (command) => socket.emit('player:command:response', await carryOut(command)));

const second = io(url, { ...options, forceNew: true });
const update = () => second.emit('state:update', stamped({ deviceId, changes: { activePlaylist: activePlaylist() } }));
second.on('connect', update);
second.on('command', async (command) => second.emit('command:response', await carryOut(command)));

monitor((measured) => {
  cache = measured;
});

script(socket, {
  loadPlaylist(name) {
    loadPlaylist(name);
    if (cache) cache.activePlaylist = activePlaylist();
    update();
  },
});
