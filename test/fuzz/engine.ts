import type { Random } from './random.ts';
import { concurrently, type Fuzzer, refuseFault, sendRaw, type Target } from './target.ts';

const ENGINE = '/socket.io/?EIO=4';
const UPGRADE = [
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n');

/** A frame, usually complete: any opcode, flags, length and mask. */
function frame(random: Random, payload: Buffer): Buffer {
  const opcode = random.chance(3) ? random.below(16) : 1;
  const flags = random.chance(6) ? random.below(8) << 4 : 0x80;
  const length = random.chance(15) ? random.pick([0, 125, 126, 127, 65_536, 2 ** 31]) : payload.length;
  const mask = random.chance(10) ? 0 : 0x80;
  const key = mask ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0);
  const sized = length < 126 ? Buffer.from([mask | length]) : length < 65_536 ? Buffer.alloc(3) : Buffer.alloc(9);
  if (length >= 126) sized[0] = mask | (length < 65_536 ? 126 : 127);
  if (sized.length === 3) sized.writeUInt16BE(length, 1);
  if (sized.length === 9) sized.writeBigUInt64BE(BigInt(length), 1);
  const masked = mask ? payload.map((byte, i) => byte ^ (key[i % 4] as number)) : payload;
  return Buffer.concat([Buffer.from([flags | opcode]), sized, key, masked]);
}

/** Plausible packets of Engine.IO and Socket.IO: all kinds, attachments that never arrive, ids, namespaces. */
function packet(random: Random, { playerToken, adminToken }: Target): string {
  const engine = random.chance(4) ? random.pick(['0', '1', '2', '2probe', '3', '5', '6', '7', 'b', '\x1e', '']) : '4';
  const kind = random.pick(['0', '1', '2', '3', '4', '5', '6', '9', '']);
  const attachments = random.chance(5) ? `${random.pick(['0', '1', '2', '999', '1e9', '-1', '99999999999'])}-` : '';
  const namespace = random.chance(4) ? random.pick(['/admin,', '/,', '/nobody,', '/admin', '/%00,', '/\0,']) : '';
  const id = random.chance(3) ? random.pick(['0', '7', '99999999999999999999', '-1']) : '';
  const said = [
    { deviceId: 'fuzz', authToken: playerToken },
    { token: adminToken },
    ['player:register', { deviceId: 'fuzz' }],
    ['player:state', random.json()],
    ['player:state', { _placeholder: true, num: random.below(3) }],
    ['fleet:subscribe', { scope: { all: true } }],
    random.json(),
  ];
  const data = random.chance(6) ? random.text() : (JSON.stringify(random.mutated(random.pick(said))) ?? '');
  return engine + kind + attachments + namespace + id + data;
}

const packets = (random: Random, target: Target) =>
  Array.from({ length: 1 + random.below(4) }, () => packet(random, target)).join('\x1e');

async function webSocket(target: Target, random: Random): Promise<string> {
  const head = `GET ${ENGINE}&transport=websocket HTTP/1.1\r\n${UPGRADE}\r\n\r\n`;
  const signIn = `40${JSON.stringify({ deviceId: 'fuzz', authToken: target.playerToken })}`;
  const frames = Array.from({ length: 1 + random.below(6) }, () => {
    const payload = random.chance(5) ? random.bytes(200) : Buffer.from(packet(random, target));
    return frame(random, payload);
  });
  const first = random.chance(3) ? [] : [whole(signIn)];
  return sendRaw(target, [Buffer.from(head), ...first, ...frames], 60);
}

const whole = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x81, 0x80 | Buffer.byteLength(text), 0, 0, 0, 0]), Buffer.from(text)]);

async function polling(target: Target, random: Random): Promise<string> {
  const post = (path: string, body: string) =>
    Buffer.from(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const get = (path: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const opened = await sendRaw(target, [get(`${ENGINE}&transport=polling`)]);
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1] ?? random.text();
  const path = `${ENGINE}&transport=polling&sid=${random.chance(8) ? encodeURIComponent(random.bytes(9).toString('latin1')) : sid}`;
  const signIn = `40${JSON.stringify({ deviceId: 'fuzz', authToken: target.playerToken })}`;
  const said = await sendRaw(target, [post(path, signIn)]);
  const sent = random.chance(4)
    ? random.damaged(post(path, packets(random, target)))
    : post(path, packets(random, target));
  const [answered] = await Promise.all([
    sendRaw(target, [sent]),
    random.chance(2) ? sendRaw(target, [get(path)]) : undefined,
    random.chance(6) ? sendRaw(target, [get(path)]) : undefined,
  ]);
  if (random.chance(3))
    await sendRaw(target, [
      Buffer.from(`GET ${path.replace('polling', 'websocket')} HTTP/1.1\r\n${UPGRADE}\r\n\r\n`),
      whole('2probe'),
      whole('5'),
    ]);
  // The µWS transport answers overlapping polls only with 500, which is not a fault.
  return (opened + said + answered).replaceAll('HTTP/1.1 500', 'HTTP/1.1 400');
}

/** Raw Engine.IO: frames of a WebSocket, and polls. */
export const engine: Fuzzer = (target, random, goesOn) =>
  concurrently(12, goesOn, async () => {
    refuseFault(await (random.chance(2) ? webSocket(target, random) : polling(target, random)), 'Engine.IO');
  });
