import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type Beating, Heartbeats } from '../../src/gateway/heartbeats.ts';
import { PingBarrier } from '../../src/gateway/ping-barrier.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

/** An Engine.IO connection, on µWS or without, and what was written to it, with the packets of one write together. */
function connectedTo(heartbeats: Heartbeats, isUws = true) {
  const writes: string[] = [];
  let corked: string[] | undefined;
  const write = (packet: string) => {
    if (corked) corked.push(packet);
    else writes.push(packet);
  };
  const socket = {
    send: (frame: string) => write(frame === '2' ? 'ping' : frame),
    cork(run: () => void) {
      corked = [];
      run();
      writes.push(corked.join(' + '));
      corked = undefined;
    },
  };
  const connection = Object.assign(new EventEmitter(), {
    pingIntervalTimer: setTimeout(() => {}, 0) as NodeJS.Timeout | null,
    readyState: 'open',
    writeBuffer: [],
    transport: { socket: isUws ? socket : {}, writable: true },
    sendPacket(type: string) {
      connection.emit('packetCreate', { type });
      write(type);
    },
    write,
    onClose(reason: string) {
      writes.push(reason);
      connection.emit('close');
    },
  });
  heartbeats.add(connection as unknown as Beating);
  return {
    connection,
    writes,
    request: () => heartbeats.request(connection as unknown as Beating, 'request'),
    arrives: (type: 'pong' | 'message') => void connection.emit('packet', { type }),
  };
}

function connected(isUws = true) {
  const clock = simulatedClock();
  return { clock, ...connectedTo(new Heartbeats(clock), isUws) };
}

test('P15 a connection that is not polled is pinged every 25 s, and its pongs keep it open', async () => {
  const { clock, connection, writes, arrives } = connected();
  for (let second = 0; second < 112; second++) {
    await clock.advance(1000);
    arrives('pong');
  }
  expect(writes).toEqual(['ping', 'ping', 'ping', 'ping']);
  expect(connection.pingIntervalTimer, "Engine.IO's").toBe(null);
});

test('P15 a ping to a polled device travels with the request', async () => {
  const { clock, writes, request, arrives } = connected();
  request();
  for (let i = 0; i < 3; i++) {
    await clock.advance(30_000);
    request();
    arrives('pong');
  }
  await clock.advance(2000);
  request();
  expect(writes).toEqual(['4request', 'ping + 4request', 'ping + 4request', 'ping + 4request', '4request']);
});

test('P15 a device that is polled rarely is pinged every 33 s at the latest', async () => {
  const { clock, writes, request, arrives } = connected();
  request();
  for (let second = 0; second < 96; second++) {
    await clock.advance(1000);
    arrives('pong');
  }
  expect(writes).toEqual(['4request', 'ping', 'ping', 'ping']);
});

test('P15 without µWS, ping and request are two packets', async () => {
  const { clock, writes, request } = connected(false);
  await clock.advance(24_000);
  request();
  expect(writes).toEqual(['ping', 'request']);
});

test('P15 a connection on which nothing arrives within 20 s after a ping is closed', async () => {
  const { clock, writes, request } = connected();
  await clock.advance(24_000);
  request();
  await clock.advance(19_000);
  request();
  expect(writes).toEqual(['ping + 4request', '4request']);
  await clock.advance(3000);
  expect(writes).toEqual(['ping + 4request', '4request', 'ping timeout']);
  await clock.advance(60_000);
  expect(writes).toHaveLength(3);
});

test('P15 a message shows that the client is alive, but a pong must follow, and no second ping is under way until then', async () => {
  const { clock, writes, request, arrives } = connected();
  await clock.advance(25_000);
  for (let i = 0; i < 19; i++) {
    await clock.advance(2000);
    arrives('message');
    request();
  }
  expect(writes.filter((it) => it !== '4request')).toEqual(['ping']);
  await clock.advance(5000);
  expect(writes.at(-1)).toBe('ping timeout');
});

test('R11 after a stall of the process, an answer that waits to be read still counts', () => {
  let now = 0;
  let sweep = () => {};
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    setTimeout: (fn) => {
      sweep = fn;
    },
    clearTimeout: () => {},
  };
  const { writes, arrives } = connectedTo(new Heartbeats(clock));
  const sweepAfter = (ms: number) => {
    now += ms;
    sweep();
  };
  sweepAfter(25_000);
  sweepAfter(1000);
  // Stalled: the sweep comes before the sockets are read.
  sweepAfter(60_000);
  expect(writes).toEqual(['ping']);
  arrives('pong');
  sweepAfter(1000);
  expect(writes).toEqual(['ping', 'ping']);
});

test('P15 a fault in closing one connection does not keep the others open', async () => {
  const clock = simulatedClock();
  const heartbeats = new Heartbeats(clock);
  const [faulty, other] = [connectedTo(heartbeats), connectedTo(heartbeats)];
  faulty.connection.onClose = () => {
    throw new Error('a listener failed');
  };
  await clock.advance(25_000);
  await expect(clock.advance(23_000)).rejects.toThrow('a listener failed');
  expect(other.writes).toEqual(['ping', 'ping timeout']);
});

test('C1 a ping that travels with a request counts for the barrier', async () => {
  const { clock, connection, writes, request } = connected();
  const barrier = new PingBarrier(connection);
  await clock.advance(24_000);
  request();
  let isPassed = false;
  barrier.round(() => {
    isPassed = true;
  });
  expect(writes).toEqual(['ping + 4request', 'ping', 'ping']);
  for (let pongs = 1; pongs <= 3; pongs++) {
    connection.emit('heartbeat');
    await new Promise(setImmediate);
    expect(isPassed).toBe(pongs === 3);
  }
});
