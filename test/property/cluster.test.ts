import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FakePlayer, fakePlayer } from '../support/fake-player.ts';
import { seeded } from '../support/seeded.ts';
import { type Instance, simulatedCluster } from '../support/simulated-cluster.ts';
import { plain } from '../support/world.ts';

const NAMES = ['n1', 'n2', 'n3'];
const DEVICES = ['d1', 'd2', 'd3'];

type Step =
  | { do: 'connect'; device: number; at: number; place: number }
  | { do: 'lose'; device: number; noticedAfterMs: number }
  | { do: 'edit'; device: number; at: number; name: string }
  | { do: 'send'; device: number; at: number; command: 'vlc:play' | 'vlc:pause' }
  | { do: 'cut' | 'mend' | 'deafen' | 'hear' | 'kill' | 'stop'; at: number }
  | { do: 'clear' }
  | { do: 'mood'; device: number; mood: 'well' | 'hung' }
  | { do: 'wait'; ms: number };

const at = fc.nat({ max: NAMES.length - 1 });
const device = fc.nat({ max: DEVICES.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('connect' as const), device, at, place: fc.nat({ max: 1 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose' as const), device, noticedAfterMs: fc.nat({ max: 2000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('edit' as const), device, at, name: fc.constantFrom('Hall', 'Foyer') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      device,
      at,
      command: fc.constantFrom('vlc:play', 'vlc:pause'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('cut', 'mend', 'mend', 'deafen', 'hear', 'hear'), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill', 'stop'), at }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mood' as const), device, mood: fc.constantFrom('well', 'hung') }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 9000 }) }) },
);

async function live(steps: readonly Step[], seed: number): Promise<void> {
  const below = seeded(seed);
  const cluster = await simulatedCluster(NAMES, { stateIntervalMs: 20_000, offlineGraceMs: 5000 }, () => 1 + below(60));
  const { clock, redis, join, instances } = cluster;
  const current = [...instances];
  const players: FakePlayer[] = DEVICES.map((id) => fakePlayer({ id, clock, latency: () => 1 + below(40) }));
  const sent = new Map<string, string>();
  let count = 0;

  const instanceAt = async (i: number): Promise<Instance> => {
    const it = current[i] as Instance;
    if (!it.isDead) return it;
    const next = await join(NAMES[i] as string);
    current[i] = next;
    return next;
  };
  const take = async (it: Step): Promise<void> => {
    switch (it.do) {
      case 'connect': {
        const { harness } = await instanceAt(it.at);
        return players[it.device]?.connect(harness, { place: `10.0.0.${it.place}` });
      }
      case 'lose':
        return players[it.device]?.lose(it.noticedAfterMs);
      case 'mood': {
        const player = players[it.device];
        if (player) player.mood = it.mood;
        return;
      }
      case 'edit': {
        const { harness } = await instanceAt(it.at);
        harness.devices.edit(DEVICES[it.device] as string, { name: it.name }).catch(() => {});
        return;
      }
      case 'send': {
        const commandId = `c${++count}`;
        const instance = await instanceAt(it.at);
        const deviceId = DEVICES[it.device] as string;
        instance.send({ deviceId, command: it.command, commandId, timeoutMs: 2000 }).then(
          (summaries) => void (summaries[0] && sent.set(commandId, deviceId)),
          () => {},
        );
        return;
      }
      case 'cut':
        redis.cutOff.add((await instanceAt(it.at)).me);
        return;
      case 'mend':
        redis.cutOff.delete((await instanceAt(it.at)).me);
        return;
      case 'deafen':
        redis.deaf.add((await instanceAt(it.at)).me);
        return;
      case 'hear':
        redis.deaf.delete((await instanceAt(it.at)).me);
        return;
      case 'clear':
        return redis.clear();
      case 'kill':
        return (await instanceAt(it.at)).kill();
      case 'stop': {
        const instance = await instanceAt(it.at);
        return instance.stop();
      }
      case 'wait':
        return clock.advance(it.ms);
    }
  };
  for (const it of steps) await take(it);

  // All faults end, and there is time for everything to settle.
  redis.cutOff.clear();
  redis.deaf.clear();
  for (const i of NAMES.keys()) await instanceAt(i);
  for (const player of players) player.mood = 'well';
  await clock.advance(60_000);
  // A connection to a dead process is lost, too.
  for (const player of players) player.lose(0);
  for (const [i, player] of players.entries()) player.connect((await instanceAt(i)).harness);
  await clock.advance(120_000);

  const faults = [...redis.faults];
  for (const { me, updates } of instances) {
    const last = new Map<string, number>();
    for (const { deviceId, version } of updates) {
      if (version <= (last.get(deviceId) ?? 0)) faults.push(`${me}: ${deviceId} ${last.get(deviceId)} → ${version}`);
      last.set(deviceId, version);
    }
  }
  expect(faults).toEqual([]);
  const known = current.map(({ harness }) =>
    plain([...harness.devices.all()]).sort((a, b) => (a.document.id < b.document.id ? -1 : 1)),
  );
  for (const it of known) expect(it).toEqual(known[0]);
  for (const { version, document } of known[0] ?? []) {
    const { id, connection, commands } = document;
    const holders = current.filter(({ harness }) => harness.fleet.find(id));
    expect(
      holders.map(({ me }) => me),
      `${id} has one holder`,
    ).toEqual([redis.read(id)?.owner]);
    expect(redis.read(id)?.version, id).toBe(version);
    expect(connection, id).toMatchObject({ status: 'online' });
    expect(commands, id).toEqual({});
  }
  for (const [commandId] of sent) {
    const records = current.map(({ harness }) => harness.ledger.get(commandId)?.record);
    expect(new Set(records.map((it) => `${it?.status} ${it?.endedAt}`)).size, commandId).toBe(1);
    expect(records[0]?.endedAt, commandId).toBeDefined();
  }
}

/** A constant seed by default; another one can be given. */
const runs = process.env.RUNS ? { numRuns: Number(process.env.RUNS) } : { numRuns: 25, seed: 20261129 };

test(
  'K1–K7 for any partitions, lost messages, kills and stops: one owner, no version twice, and all converge',
  () => fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), fc.integer(), live), runs),
  Math.max(180_000, runs.numRuns * 2000),
);
