import type { Socket } from 'socket.io';
import { Decoder, type Packet } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { StateDecoder, type StateText, takeStates } from '../../src/gateway/decoder.ts';

const REGISTER = '2["player:register",{"deviceId":"screen-1"}]';
const state = (volume: number) => `2["player:state",{"volume":${volume}}]`;
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A connection's decoder, and what came out of it, in that order. */
function connection() {
  const decoder = new StateDecoder();
  const came: string[] = [];
  decoder.on('decoded', ({ data }: Packet) => came.push(`socket.io ${data[0]}`));
  const socket = { client: { decoder } } as unknown as Socket;
  const end = takeStates(socket, ({ json }: StateText) => came.push(`taken ${json}`));
  return { decoder, came, end };
}

test('a state is taken at once, and everything else is for Socket.IO', async () => {
  const { decoder, came } = connection();
  decoder.add(state(1));
  decoder.add(REGISTER);
  await tick();
  decoder.add(state(2));
  expect(came).toEqual(['taken {"volume":1}', 'socket.io player:register', 'taken {"volume":2}']);
});

test('a state does not overtake what came before it and is still on its way through Socket.IO', async () => {
  const { decoder, came } = connection();
  decoder.add(REGISTER);
  decoder.add(state(1));
  decoder.add(state(2));
  expect(came).toEqual(['socket.io player:register', 'socket.io player:state', 'socket.io player:state']);
  await tick();
  decoder.add(state(3));
  expect(came.at(-1)).toBe('taken {"volume":3}');
});

test('a state that is to be acknowledged goes through Socket.IO, which answers', () => {
  const { decoder, came } = connection();
  decoder.add('27["player:state",{"volume":1}]');
  expect(came).toEqual(['socket.io player:state']);
});

test('once the player has left, its states are for Socket.IO again; of a socket that came after it they are not', async () => {
  const { decoder, came, end } = connection();
  end();
  decoder.add(state(1));
  expect(came).toEqual(['socket.io player:state']);
  await tick();
  takeStates({ client: { decoder } } as unknown as Socket, ({ json }) => came.push(`next ${json}`));
  end();
  decoder.add(state(2));
  expect(came.at(-1)).toBe('next {"volume":2}');
});

test('what is no packet is refused as by Socket.IO, and what comes next is taken', async () => {
  const { decoder, came } = connection();
  expect(() => decoder.add('x')).toThrow();
  expect(() => new Decoder().add('x')).toThrow();
  await tick();
  decoder.add(state(1));
  expect(came).toEqual(['taken {"volume":1}']);
});

test.each([
  ['one object', '{"a":1}', [{ a: 1 }]],
  ['more than one argument', '{"a":1},"more"', [{ a: 1 }, 'more']],
])('the arguments of a state: %s', (_, json, args) => {
  const { decoder } = connection();
  let seen: StateText | undefined;
  decoder.take = (it) => {
    seen = it;
  };
  decoder.add(`2["player:state",${json}]`);
  expect(seen?.parse()).toEqual(args);
});

test('a state that is no JSON is invalid', () => {
  const { decoder } = connection();
  decoder.take = (it) => {
    expect(() => it.parse()).toThrow('This is no JSON.');
  };
  decoder.add('2["player:state",{"a":]');
  expect.assertions(1);
});
