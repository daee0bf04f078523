import type { Socket } from 'socket.io-client';
import { expect, it } from 'vitest';
import { gather, next, playerOfSecondGeneration } from '../support/clients.ts';
import { faithfulObserver, settled, startCluster } from '../support/cluster.ts';
import { recordOwners } from '../support/history.ts';
import type { TestServer } from '../support/server.ts';

/** The whole: `RACES=1000 npx vitest run test/integration/cluster-race.test.ts`. */
const RACES = Number(process.env.RACES ?? 300);
const AT_ONCE = 10;
/** Each race is two registrations, and a device that registers 15 times in a minute is restricted, wherever it does (P13). */
const PER_DEVICE = 7;
/** The longest time for which both of two concurrent registrations may coexist. */
const DECIDED_MS = 20_000;

function later(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}

it(`K1, K7 a device registers at two instances at the same moment, ${RACES} times: one session stays, the other gets session_replaced`, async () => {
  const { redis, instances, join } = await startCluster(2);
  const owners = await recordOwners(redis.url);
  const observers = await Promise.all(instances.map((it) => faithfulObserver(it)));
  const connect = async (id: string, at: TestServer) => {
    const socket = playerOfSecondGeneration(at, id, { transports: ['websocket'], reconnection: false });
    const errors = gather<{ code: string }>(socket, 'player:error');
    const ended = new Promise<Socket>((resolve) => socket.once('disconnect', () => resolve(socket)));
    await next(socket, 'connect');
    return { socket, errors, ended };
  };
  const odd: string[] = [];
  const race = async (id: string) => {
    const both = await Promise.all(instances.map((it) => connect(id, it)));
    // A session that is replaced at once may not get its acknowledgement.
    for (const { socket } of both) socket.emit('player:register', { deviceId: id });
    const loser = await Promise.race([...both.map(({ ended }) => ended), later(DECIDED_MS)]);
    if (!loser) odd.push(`${id}: both stayed`);
    for (const { socket, errors } of both) {
      const told = errors.map(({ code }) => code).join();
      if (told !== (socket === loser ? 'session_replaced' : '')) odd.push(`${id}: ${socket === loser} told "${told}"`);
      socket.disconnect();
    }
  };
  const runner = async (id: string) => {
    for (let i = 0; i < RACES / AT_ONCE; i++) await race(`${id}-${Math.floor(i / PER_DEVICE)}`);
  };
  let isOver = false;
  // When an instance leaves, the others look for devices without an owner: one that is registering has an owner.
  const comeAndGo = async () => {
    while (!isOver) await (await join()).stop();
  };
  const races = Promise.all(Array.from({ length: AT_ONCE }, (_, i) => runner(`d${i}`))).finally(() => {
    isOver = true;
  });
  await Promise.all([races, comeAndGo()]);
  expect(odd).toEqual([]);
  await settled({ owners, observers, received: new Map(), accepted: [], endings: [] }, instances);
}, 300_000);
