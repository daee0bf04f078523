import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createRegistry } from '../../src/adapters/redis/registry.ts';
import { startRedis } from '../support/redis.ts';

async function registries(...names: string[]) {
  const redis = await startRedis();
  return names.map((name) => {
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    return createRegistry(client, name);
  });
}

const record = (document: object) => JSON.stringify({ document, edited: [] });

it('K1 two instances claim one device at the same moment, 1,000 times: one owner per epoch, and only the last one can write', async () => {
  const [a, b] = (await registries('a', 'b')) as [ReturnType<typeof createRegistry>, ReturnType<typeof createRegistry>];
  let version = 0;
  for (let round = 0; round < 1000; round++) {
    const claims = await Promise.all([a, b].map((it) => it.claim([{ id: 'd', floor: 0 }])));
    const [first, second] = claims.map(([claim]) => claim).sort((x, y) => (x?.epoch ?? 0) - (y?.epoch ?? 0));
    expect([first?.epoch, second?.epoch]).toEqual([round * 2 + 1, round * 2 + 2]);
    expect(second?.before).toBe(first?.owner);
    version++;
    const write = { id: 'd', version, record: record({ round }) };
    const [older, newer] = first?.owner === 'a' ? [a, b] : [b, a];
    // The older one is refused, whatever its version.
    const refused = await older.write([{ ...write, epoch: first?.epoch ?? 0, version: version + 9 }], undefined);
    expect(refused).toEqual([{ id: 'd', epoch: second?.epoch, owner: second?.owner, version: 0 }]);
    expect(await newer.write([{ ...write, epoch: second?.epoch ?? 0 }], undefined)).toEqual([]);
  }
  expect(await a.read(['d', 'never'])).toMatchObject([
    { epoch: 2000, version, record: record({ round: 999 }) },
    undefined,
  ]);
});

it('K1 a device is taken only from the allowed owners; releasing it leaves it without an owner', async () => {
  const [a, b] = (await registries('a', 'b')) as [ReturnType<typeof createRegistry>, ReturnType<typeof createRegistry>];
  const wanted = [{ id: 'd', floor: 0 }];
  expect(await a.claim(wanted, [])).toMatchObject([{ granted: true, epoch: 1, before: '' }]);
  expect(await b.claim(wanted, [])).toMatchObject([{ granted: false, epoch: 1, owner: 'a' }]);
  expect(await b.claim(wanted, ['a'])).toMatchObject([{ granted: true, epoch: 2, before: 'a' }]);
  await a.release([{ id: 'd', epoch: 1, version: 0 }]);
  expect(await a.claim(wanted, [])).toMatchObject([{ granted: false, owner: 'b' }]);
  expect(await b.write([{ id: 'd', epoch: 2, version: 1, record: record({}) }], undefined)).toEqual([]);
  // Its last version did not arrive here: the next owner must not treat the record as current.
  await b.release([{ id: 'd', epoch: 2, version: 2 }]);
  expect(await a.claim(wanted, [])).toMatchObject([{ granted: false, owner: 'b' }]);
  await b.release([{ id: 'd', epoch: 2, version: 1 }]);
  expect(await a.claim(wanted, [])).toMatchObject([{ granted: true, epoch: 3, before: '' }]);
});

it('K4 an owner learns of higher versions that an earlier owner wrote, and of other content with the same version', async () => {
  const [a, b] = (await registries('a', 'b')) as [ReturnType<typeof createRegistry>, ReturnType<typeof createRegistry>];
  const write = { id: 'd', epoch: 1, version: 5, record: record({ it: 5 }) };
  expect(await a.write([write], undefined)).toEqual([]);
  expect(await a.write([write], undefined), 'the same once more').toEqual([]);
  const own = { id: 'd', epoch: 2, owner: 'b' };
  expect(await b.write([{ ...write, epoch: 2, version: 4 }], undefined)).toEqual([{ ...own, version: 5 }]);
  const otherwise = { ...write, epoch: 2, record: record({ it: 'other' }) };
  expect(await b.write([otherwise], undefined)).toEqual([{ ...own, version: 5 }]);
  expect(await b.write([{ ...otherwise, version: 6 }], undefined)).toEqual([]);
});

it('K4 an epoch missing in the registry is restored by the next request that names it; the owner stays', async () => {
  const [a, b] = (await registries('a', 'b')) as [ReturnType<typeof createRegistry>, ReturnType<typeof createRegistry>];
  await a.claim([{ id: 'd', floor: 0 }]);
  expect(await b.claim([{ id: 'd', floor: 7 }], [])).toMatchObject([{ granted: false, epoch: 7, owner: 'a' }]);
  const write = { id: 'd', epoch: 1, version: 5, record: record({}) };
  expect(await a.write([write], undefined)).toEqual([{ id: 'd', epoch: 7, owner: 'a', version: 0 }]);
});

it('K4 a registry that has lost its data learns from the owners: the higher epoch wins, and no version decreases', async () => {
  const [a, b] = (await registries('a', 'b')) as [ReturnType<typeof createRegistry>, ReturnType<typeof createRegistry>];
  const write = { id: 'd', epoch: 7, version: 5, record: record({ it: 5 }) };
  expect(await a.write([write], undefined)).toEqual([]);
  expect(await b.write([{ ...write, epoch: 6, version: 9 }], undefined)).toEqual([
    { id: 'd', epoch: 7, owner: 'a', version: 0 },
  ]);
  expect(await a.write([{ ...write, version: 4, record: record({ it: 4 }) }], undefined)).toEqual([
    { id: 'd', epoch: 7, owner: 'a', version: 5 },
  ]);
  expect(await a.read(['d'])).toMatchObject([{ version: 5, record: record({ it: 5 }) }]);
  expect(await b.claim([{ id: 'd', floor: 9 }])).toMatchObject([{ granted: true, epoch: 10, before: 'a', version: 5 }]);
  const heads = [];
  for await (const some of b.scan()) heads.push(...some);
  expect(heads).toEqual([{ id: 'd', epoch: 10, owner: 'b', version: 5 }]);
});
