import type { Socket } from 'socket.io';
import type { Packet } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { DROPPED, StateDecoder, type StateText, takeStates } from '../../src/gateway/decoder.ts';

const REGISTER = '2["player:register",{"deviceId":"screen-1"}]';
const state = (volume: number) => `2["player:state",{"volume":${volume}}]`;
const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A connection's decoder and its output in order; like Socket.IO, which emits in the next tick. */
function connection() {
  const decoder = new StateDecoder();
  const came: string[] = [];
  decoder.on('decoded', ({ data }: Packet) => process.nextTick(() => came.push(`socket.io ${data[0]}`)));
  const socket = { client: { decoder } } as unknown as Socket;
  const end = takeStates(socket, ({ json }: StateText) => came.push(`taken ${json}`));
  return { decoder, came, end, socket };
}

test('states are intercepted in order; everything else goes to Socket.IO', async () => {
  const { decoder, came } = connection();
  for (const message of [state(1), REGISTER, state(2), '2["other"]', state(3)]) decoder.add(message);
  await nextTick();
  expect(came).toEqual([
    'taken {"volume":1}',
    'socket.io player:register',
    'taken {"volume":2}',
    'socket.io other',
    'taken {"volume":3}',
  ]);
});

test('a state that requests an acknowledgement goes through Socket.IO, which answers', async () => {
  const { decoder, came } = connection();
  decoder.add('27["player:state",{"volume":1}]');
  await nextTick();
  expect(came).toEqual(['socket.io player:state']);
});

test('once the player has left, its states go to Socket.IO again; those of a newer socket do not', async () => {
  const { decoder, came, end, socket } = connection();
  end();
  decoder.add(state(1));
  takeStates(socket, ({ json }) => came.push(`next ${json}`));
  end();
  decoder.add(state(2));
  await nextTick();
  expect(came).toEqual(['socket.io player:state', 'next {"volume":2}']);
});

test.each([
  ['one object', '{"a":1}', [{ a: 1 }]],
  ['more than one argument', '{"a":1},"more"', [{ a: 1 }, 'more']],
])('the arguments of a state: %s', async (_, json, args) => {
  const { decoder } = connection();
  const seen = new Promise<StateText>((resolve) => {
    decoder.take = resolve;
  });
  decoder.add(`2["player:state",${json}]`);
  expect((await seen).parse()).toEqual(args);
});

test('a state that is not JSON is invalid', async () => {
  const { decoder } = connection();
  const seen = new Promise<StateText>((resolve) => {
    decoder.take = resolve;
  });
  decoder.add('2["player:state",{"a":]');
  const text = await seen;
  expect(() => text.parse()).toThrow('This is no JSON.');
});

/** A decoder with this message budget, and its output. */
function metered(messages: number) {
  const decoder = new StateDecoder();
  const came: unknown[] = [];
  const bytes: number[] = [];
  let left = messages;
  decoder.on('decoded', ({ data, id }: Packet) => came.push([...data, ...(id === undefined ? [] : [id])]));
  decoder.meter = { take: () => left-- > 0, add: (more) => void bytes.push(more) };
  return { decoder, came, bytes };
}

test('L4 messages over the budget are dropped unread, except their name and whether they request an acknowledgement', () => {
  const { decoder, came } = metered(1);
  const unreadable = `{"a":${'['.repeat(1000)}`;
  for (const text of [
    REGISTER,
    `2["player:state",${unreadable}]`,
    `27["state:update",${unreadable}]`,
    '3["answer"]',
    '8nonsense',
  ])
    decoder.add(text);
  expect(came).toEqual([
    ['player:register', { deviceId: 'screen-1' }],
    ['player:state', DROPPED],
    ['state:update', DROPPED, 7],
  ]);
});

test('L4 the attachments of a dropped message are dropped with it; those of others are counted', () => {
  const { decoder, came, bytes } = metered(1);
  const message = '51-["player:state",{"_placeholder":true,"num":0}]';
  decoder.add(message);
  decoder.add(Buffer.alloc(10));
  decoder.add(message);
  decoder.add(Buffer.alloc(20));
  decoder.meter = undefined;
  decoder.add('2["after"]');
  expect(came).toEqual([['player:state', Buffer.alloc(10)], ['player:state', DROPPED], ['after']]);
  expect(bytes).toEqual([10]);
});

test('P9 from a rejected device nothing is read, but a requested acknowledgement is sent', () => {
  const { decoder, came } = metered(10);
  decoder.isDeaf = true;
  for (const chunk of [state(1), '21["player:register",{', Buffer.alloc(5)]) decoder.add(chunk);
  expect(came).toEqual([['player:register', DROPPED, 1]]);
});
