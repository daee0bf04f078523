import type { Socket } from 'socket.io';
import type { Packet } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { StateDecoder, type StateText, takeStates } from '../../src/gateway/decoder.ts';

const REGISTER = '2["player:register",{"deviceId":"screen-1"}]';
const state = (volume: number) => `2["player:state",{"volume":${volume}}]`;
const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A connection's decoder, and what came out of it, in that order; as by Socket.IO, which passes on in the next tick. */
function connection() {
  const decoder = new StateDecoder();
  const came: string[] = [];
  decoder.on('decoded', ({ data }: Packet) => process.nextTick(() => came.push(`socket.io ${data[0]}`)));
  const socket = { client: { decoder } } as unknown as Socket;
  const end = takeStates(socket, ({ json }: StateText) => came.push(`taken ${json}`));
  return { decoder, came, end, socket };
}

test('states are taken in their place among everything else, which is for Socket.IO', async () => {
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

test('a state that is to be acknowledged goes through Socket.IO, which answers', async () => {
  const { decoder, came } = connection();
  decoder.add('27["player:state",{"volume":1}]');
  await nextTick();
  expect(came).toEqual(['socket.io player:state']);
});

test('once the player has left, its states are for Socket.IO again; of a socket that came after it they are not', async () => {
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

test('a state that is no JSON is invalid', async () => {
  const { decoder } = connection();
  const seen = new Promise<StateText>((resolve) => {
    decoder.take = resolve;
  });
  decoder.add('2["player:state",{"a":]');
  const text = await seen;
  expect(() => text.parse()).toThrow('This is no JSON.');
});
