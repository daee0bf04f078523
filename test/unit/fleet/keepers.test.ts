import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { Desired, Keeper } from '../../../src/fleet/keeper.ts';
import { Keepers } from '../../../src/fleet/keepers.ts';
import type { ShownDesired } from '../../../src/protocol/desired.ts';
import type { DeviceDocument, Update } from '../../../src/protocol/document.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const wanted = (setBy = 'ana'): Desired => ({
  target: { playback: 'playing', setAt: '2026-11-29T12:00:00.000Z', setBy },
  source: 'all',
});

/** So many devices, what is desired of them, and the keepers that they were given. */
function open(count = 1) {
  const clock = simulatedClock();
  const state = { desired: undefined as Desired | undefined };
  const kept: string[] = [];
  const asked: string[] = [];
  const hosts = Array.from({ length: count }, (_, i) => {
    const host = {
      id: `d${i}`,
      versioned: { version: 1, document: { ...newDocument(`d${i}`, clock.wall(), 30_000), group: 'hall' } },
      keeper: undefined as Keeper | undefined,
      turn: () => {},
      keep(keeper: Keeper | undefined) {
        kept.push(`${host.id} ${keeper?.desired.target.setBy}`);
        host.keeper = keeper;
      },
    };
    return host;
  });
  type Host = (typeof hosts)[number];
  const keepers = new Keepers({
    fleet: { hosts, find: (id: string) => hosts.find((it) => it.id === id) } as never,
    desiredOf: ({ id }: DeviceDocument) => {
      asked.push(id);
      return state.desired;
    },
    clock,
    situation: () => ({ isActive: true, isMaintained: false, nextAt: undefined }),
    order: async () => 'success',
  });
  const [host] = hosts as [Host];
  const changed = (after: DeviceDocument | undefined, before?: DeviceDocument) => {
    asked.length = 0;
    keepers.deviceChanged({ deviceId: host.id } as Update, after, before);
  };
  return { clock, state, kept, asked, hosts, host, keepers, changed };
}

describe('G1 a device with a desired state gets a keeper', () => {
  test('when the server has started, and not before', async () => {
    const { clock, state, kept, host, keepers, changed } = open();
    state.desired = wanted();
    keepers.look('d0');
    changed(host.versioned.document);
    await clock.advance(10);
    expect(kept).toEqual([]);
    keepers.start();
    expect(kept).toEqual(['d0 ana']);
    keepers.look('unknown');
    keepers.stop();
    state.desired = wanted('ben');
    keepers.look('d0');
    expect(kept, 'nor after its stop').toHaveLength(1);
  });

  test('another one if another state is desired, none if none is', () => {
    const { state, kept, host, keepers } = open();
    state.desired = wanted();
    keepers.start();
    state.desired = wanted();
    keepers.changed();
    expect(kept, 'the same state').toEqual(['d0 ana']);
    state.desired = wanted('ben');
    keepers.changed();
    state.desired = { ...wanted('ben'), source: 'group:hall' as never };
    keepers.changed();
    expect(kept).toEqual(['d0 ana', 'd0 ben', 'd0 ben']);
    state.desired = undefined;
    keepers.changed();
    keepers.changed();
    expect(kept.slice(3)).toEqual(['d0 undefined']);
    const { document } = host.versioned;
    host.versioned.document = { ...document, desired: {} as ShownDesired };
    keepers.changed();
    expect(kept.slice(4), 'what its document shows of one is removed').toEqual(['d0 undefined']);
  });

  test('a hundred devices at a time; a change meanwhile starts over, but not a second time beside it', async () => {
    const { clock, state, kept, keepers } = open(250);
    keepers.start();
    await clock.advance(10);
    state.desired = wanted();
    keepers.changed();
    expect(kept).toHaveLength(100);
    keepers.changed();
    expect(kept).toHaveLength(100);
    await clock.advance(10);
    expect(new Set(kept).size).toBe(250);
    expect(kept).toHaveLength(250);
    state.desired = wanted('ben');
    keepers.changed();
    expect(kept).toHaveLength(350);
  });
});

describe('G1 a changed device is looked at', () => {
  test('if it is new, or in another group; once the other listeners have seen the change', async () => {
    const { clock, state, kept, host, keepers, changed } = open();
    keepers.start();
    state.desired = wanted();
    const { document } = host.versioned;
    changed(document, undefined);
    expect(kept).toEqual([]);
    await clock.advance(0);
    expect(kept).toEqual(['d0 ana']);
    state.desired = wanted('ben');
    changed({ ...document, group: 'roof' }, document);
    await clock.advance(0);
    expect(kept).toEqual(['d0 ana', 'd0 ben']);
  });

  test('if it has no keeper, though its group is the same', async () => {
    const { clock, state, kept, host, keepers, changed } = open();
    keepers.start();
    state.desired = wanted();
    changed(host.versioned.document, host.versioned.document);
    await clock.advance(0);
    expect(kept).toEqual(['d0 ana']);
  });

  test('if nothing is desired any more, and its document shows that something was', async () => {
    const { clock, kept, host, keepers, changed } = open();
    keepers.start();
    const document = { ...host.versioned.document, desired: {} as ShownDesired };
    host.versioned.document = document;
    changed(document, undefined);
    await clock.advance(0);
    expect(kept).toEqual(['d0 undefined']);
  });

  test('at no other change, and not once it is removed', async () => {
    const { clock, state, asked, host, keepers, changed } = open();
    state.desired = wanted();
    keepers.start();
    const { document } = host.versioned;
    changed({ ...document, name: 'x' }, document);
    await clock.advance(0);
    changed(undefined, document);
    await clock.advance(0);
    expect(asked).toEqual([]);
  });

  test('nobody looks at a device that is gone by then', async () => {
    const { clock, state, kept, hosts, host, keepers, changed } = open();
    keepers.start();
    state.desired = wanted();
    hosts.length = 0;
    changed(host.versioned.document, undefined);
    await clock.advance(0);
    expect(kept).toEqual([]);
  });
});
