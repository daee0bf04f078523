import { WebSocket } from 'ws';
import { commandNames } from '../../src/protocol/commands.ts';
import * as states from '../support/field-states.ts';
import type { Random } from './random.ts';
import { concurrently, type Fuzzer, type Target } from './target.ts';

const STATES = Object.values(states).filter((it) => typeof it === 'object');
const NAMES = Array.from({ length: 6 }, (_, i) => `fuzz-${i}`);
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A socket that can send anything. Undefined if its sign-in was refused. */
async function connect({ port }: Target, namespace: string, auth: object): Promise<WebSocket | undefined> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  ws.on('error', () => {});
  const isIn = new Promise<boolean>((resolve) => {
    ws.on('message', (data) => {
      const text = String(data);
      if (text === '2') ws.send('3');
      if (text.startsWith(`40${namespace}`)) resolve(true);
      if (text.startsWith(`44${namespace}`)) resolve(false);
    });
    ws.on('open', () => ws.send(`40${namespace}${JSON.stringify(auth)}`));
    ws.on('close', () => resolve(false));
  });
  if (await isIn) return ws;
  ws.terminate();
  return undefined;
}

/** Sends one event with an acknowledgement, and waits for it for a limited time. */
function ask(ws: WebSocket, namespace: string, id: number, args: unknown[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      ws.off('message', look);
      ws.off('close', done);
      resolve();
    };
    const look = (data: unknown) => {
      if (String(data).startsWith(`43${namespace}${id}[`)) done();
    };
    const timer = setTimeout(done, 300);
    ws.on('message', look);
    ws.on('close', done);
    ws.send(`42${namespace}${id}${JSON.stringify(args)}`);
  });
}

function playerEvent(random: Random, deviceId: string, seen: readonly string[]): unknown[] {
  const state = random.pick(STATES);
  const changes = Object.fromEntries(Object.entries(state).filter(() => random.chance(3)));
  const told = [
    ['player:register', { deviceId, deviceName: 'x', deviceNetwork: { eth0: { address: '192.0.2.7', mac: 'x' } } }],
    ['player:state', state],
    ['player:state', { ...state, snapshot: { data: PNG } }],
    [
      'player:state',
      { ...state, snapshot: { url: 'public/snapshots/snapshot.jpg', createdAt: '2026-01-01T00:00:00Z' } },
    ],
    ['state:update', { deviceId, timestamp: '2026-01-01T00:00:00Z', changes }],
    ['player:command:response', { commandId: random.pick(seen) ?? 'none', status: 'success', result: { data: PNG } }],
    ['player:command:response', { commandId: random.pick(seen) ?? 'none', status: 'error', message: 'no' }],
    ['system:status', state],
  ];
  return random.mutated(random.pick(told), 8) as unknown[];
}

/** Signed-in players that send invalid messages. */
export const players: Fuzzer = (target, random, goesOn) =>
  concurrently(8, goesOn, async () => {
    const deviceId = random.pick(NAMES);
    const ws = await connect(target, '', { deviceId, authToken: target.playerToken });
    if (!ws) return;
    const seen: string[] = [];
    ws.on('message', (data) => {
      const [, id] = /"commandId":"([^"]+)"/.exec(String(data)) ?? [];
      if (id !== undefined) seen.push(id);
    });
    if (!random.chance(8)) await ask(ws, '', 1, ['player:register', { deviceId }]);
    for (let i = 2; i < 30 && goesOn() && ws.readyState === ws.OPEN; i++) {
      const said = playerEvent(random, deviceId, seen);
      if (random.chance(3)) await ask(ws, '', i, Array.isArray(said) ? said : [said]);
      else ws.send(`42${JSON.stringify(said)}`);
    }
    if (random.chance(2)) ws.terminate();
    else ws.close();
  });

function adminEvent(random: Random): unknown[] {
  const deviceId = random.pick([...NAMES, 'nobody']);
  const command = random.pick(commandNames);
  const whom = random.pick([{ deviceId }, { deviceIds: NAMES }, { group: 'default' }, { all: true }]);
  const told = [
    ['fleet:subscribe', { scope: random.pick([{ all: true }, { groups: ['default'] }, { devices: NAMES }]) }],
    ['fleet:subscribe', { scope: { all: true }, cursor: 'a.1', encoding: 'deflate', parts: true }],
    ['fleet:unsubscribe', {}],
    ['device:get', { deviceId }],
    ['device:watch', { deviceId, intervalMs: 100 }],
    ['device:unwatch', { deviceId }],
    ['device:refresh', { deviceId, what: random.pick(['state', 'snapshot']) }],
    ['command:send', { ...whom, command, params: {}, timeoutMs: 50, retries: 1, ttlMs: 100 }],
    ['command:send', { deviceId, command, commandId: random.pick(['once', random.text()]), timeoutMs: 50 }],
    ['command:cancel', { commandId: random.pick(['once', random.text()]) }],
  ];
  return random.mutated(random.pick(told), 8) as unknown[];
}

/** Admins that send invalid messages. */
export const admins: Fuzzer = (target, random, goesOn) =>
  concurrently(4, goesOn, async () => {
    const ws = await connect(target, '/admin,', { token: target.adminToken });
    if (!ws) return;
    for (let i = 1; i < 30 && goesOn() && ws.readyState === ws.OPEN; i++) {
      const said = adminEvent(random);
      await ask(ws, '/admin,', i, Array.isArray(said) ? said : [said]);
    }
    ws.terminate();
  });
