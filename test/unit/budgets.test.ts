import { describe, expect, test } from 'vitest';
import type { Restriction } from '../../machines/restriction.ts';
import { DeviceQuota } from '../../src/cluster/device-quota.ts';
import { DeviceBudgets, type Member } from '../../src/gateway/budgets.ts';
import { Enrolment } from '../../src/gateway/enrolment.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

interface Socket extends Member {
  isRegistered: boolean;
  rejectedFor: string[];
}

function socket(isRegistered = false): Socket {
  const rejectedFor: string[] = [];
  return {
    isRegistered,
    rejectedFor,
    get isClosing() {
      return rejectedFor.length > 0;
    },
    reject: (code) => void rejectedFor.push(code),
  };
}

function budgets(settings = { playerRate: 50, playerBurst: 500, maxStateBytes: 262_144 }) {
  const clock = simulatedClock();
  const told: [string, Restriction | undefined][] = [];
  const it = new DeviceBudgets({
    clock,
    settings,
    restricted: (id, restriction) => told.push([id, restriction]),
    addressRestricted: (address, restriction) => told.push([`address ${address}`, restriction]),
  });
  const of = (id: string | undefined) => it.of(id, '192.0.2.1');
  const takes = (id: string | undefined, count: number, bytes = 100) =>
    Array.from({ length: count }, () => of(id).take(bytes)).filter(Boolean).length;
  return { it, clock, told, of, takes };
}

describe('L4 the budget of a device', () => {
  test('is shared by all its sockets and reconnects, and independent of other devices', async () => {
    const { of, takes, clock } = budgets();
    for (let i = 0; i < 5; i++) {
      of('a').join(socket(true));
      takes('a', 100);
      of('a').leave(socket());
    }
    expect(takes('a', 10)).toBe(0);
    expect(takes('b', 500)).toBe(500);
    await clock.advance(1000);
    expect(takes('a', 100)).toBe(50);
  });

  test('a large message costs as much as its parts of 4 kB, and never more than a tenth of a burst: a screenshot passes', async () => {
    const { takes, clock } = budgets();
    expect(takes('a', 20, 230_000)).toBe(10);
    await clock.advance(20_000);
    expect(takes('a', 1, 5_000_000)).toBe(1);
    expect(takes('a', 1), 'what follows it is taken as well').toBe(1);
  });

  test('connections without an id share one budget per address', () => {
    const { it, takes } = budgets();
    expect(takes(undefined, 1000)).toBe(500);
    expect(it.of(undefined, '192.0.2.2').take(1)).toBe(true);
  });

  test('P13 connections without an id that continue are restricted, with their address', async () => {
    const { takes, told, clock } = budgets();
    takes(undefined, 1001);
    await clock.advance(0);
    expect(told).toMatchObject([['address 192.0.2.1', { why: 'flooding' }]]);
  });

  test('work counts: a device that keeps the process busy is ignored until it has paid, and restricted if it continues', async () => {
    const { of, told, clock } = budgets();
    for (let i = 0; i < 10; i++) of('a').worked(120);
    expect(of('a').take(1)).toBe(false);
    await clock.advance(11_000);
    expect(of('a').take(1)).toBe(true);
    for (let i = 0; i < 10; i++) of('a').worked(120);
    for (let i = 0; i < 51; i++) of('a').take(1);
    await clock.advance(0);
    expect(told).toMatchObject([['a', { why: 'flooding' }]]);
  });

  test('a stall of the process is charged to no device', () => {
    const { of } = budgets();
    of('a').worked(28_000);
    expect(of('a').take(1)).toBe(true);
  });
});

describe('P13 a device that continues', () => {
  test('is restricted with the evidence, all its sockets are rejected, and the restriction ends by itself', async () => {
    const { of, told, takes, clock } = budgets();
    const sockets = [socket(true), socket()];
    for (const it of sockets) of('a').join(it);
    takes('a', 1001, 1000);
    await clock.advance(0);
    expect(told).toMatchObject([
      ['a', { why: 'flooding', evidence: expect.stringMatching(/^1001 messages with 1001 kB/) }],
    ]);
    expect(sockets.map((it) => it.rejectedFor)).toEqual([['restricted'], ['restricted']]);
    const back = socket();
    of('a').join(back);
    expect(back.rejectedFor).toEqual(['restricted']);
    await clock.advance(6000);
    expect(told.at(-1)).toEqual(['a', undefined]);
    const again = socket();
    of('a').join(again);
    expect(again.rejectedFor).toEqual([]);
  });

  test('whose messages are dropped as too large is called oversized', async () => {
    const { takes, told, clock } = budgets();
    takes('a', 20, 300_000);
    await clock.advance(0);
    expect(told).toMatchObject([['a', { why: 'oversized', evidence: '10 messages in 60 s were too large' }]]);
  });

  test('occasional excess is dropped, and no reason to restrict', async () => {
    const { takes, told, clock } = budgets();
    for (let i = 0; i < 100; i++) {
      takes('a', 540);
      await clock.advance(10_000);
    }
    expect(told).toEqual([]);
  });

  test('can be released by an operator at once', async () => {
    const { it, of, told, takes, clock } = budgets();
    takes('a', 1500);
    await clock.advance(0);
    it.lift('a');
    expect(told.map(([, restriction]) => restriction?.why)).toEqual(['flooding', undefined]);
    expect(of('a').restriction).toBeUndefined();
    it.lift('a');
    it.lift('nobody');
    expect(told).toHaveLength(2);
  });

  test('with more than eight sockets loses the oldest unregistered one; the registered one stays', () => {
    const { of } = budgets();
    const own = socket(true);
    const others = Array.from({ length: 20 }, () => socket());
    for (const it of [own, ...others]) of('a').join(it);
    expect(own.rejectedFor).toEqual([]);
    expect(others.map((it) => it.rejectedFor.length)).toEqual([...Array(13).fill(1), ...Array(7).fill(0)]);
  });

  test('that opens 60 sockets in a minute is restricted', () => {
    const { of, told } = budgets();
    for (let i = 0; i < 60; i++) of('a').join(socket());
    expect(told).toMatchObject([['a', { why: 'flapping', evidence: '60 connections in 60 s' }]]);
  });

  test('is restricted if it alternates between two instances: its history moves with it, and counts once', () => {
    const [a, b] = [budgets(), budgets()];
    const move = (from: typeof a, to: typeof a) => {
      const lately = from.it.give('d');
      if (lately) to.it.carry('d', JSON.parse(JSON.stringify(lately)));
    };
    for (let i = 0; i < 7; i++) {
      a.of('d').registered();
      move(b, a);
      b.of('d').registered();
      move(a, b);
    }
    expect([...a.told, ...b.told]).toEqual([]);
    a.of('d').registered();
    move(b, a);
    expect(a.told).toMatchObject([['d', { why: 'flapping', evidence: '15 registrations in 60 s' }]]);
    expect(b.told).toEqual([]);
  });

  test('and was elsewhere long ago is not restricted for what it did there', async () => {
    const [a, b] = [budgets(), budgets()];
    for (let i = 0; i < 14; i++) a.of('d').registered();
    await a.clock.advance(60_000);
    b.of('d').registered();
    b.it.carry('d', a.it.give('d') ?? expect.fail());
    expect(b.told).toEqual([]);
  });

  test('is forgotten eventually', async () => {
    const { it, of, clock } = budgets();
    const first = of('a');
    first.take(1);
    await clock.advance(600_000);
    for (let i = 0; i < 1000; i++) of(`other-${i}`).take(1);
    expect(it.of('a', '')).not.toBe(first);
  });
});

describe('L9 new devices', () => {
  function enrolment(known: string[], maxDevices = 20_000) {
    const clock = simulatedClock();
    const held = new Map(known.map((id) => [id, {}]));
    const devices = Object.assign(held, { admits: () => held.size < maxDevices });
    const settings = { enrolRate: 10, enrolBurst: 500 };
    const it = new Enrolment({ clock, settings, devices, log: { warn: () => {} } });
    const enrol = (id: string, address = '192.0.2.1') => {
      try {
        it.check(id, address);
        devices.set(id, {});
        return 'ok';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    return { it, clock, enrol };
  }
  const count = (answers: string[]) => answers.filter((it) => it === 'ok').length;

  test('beyond MAX_DEVICES one more is fleet_full, and known ones can still connect', () => {
    const { it, enrol } = enrolment(['a', 'b'], 3);
    expect(['c', 'd', 'a', 'b', 'c'].map((id) => enrol(id))).toEqual(['ok', 'fleet_full', 'ok', 'ok', 'ok']);
    expect(it.refusedLately).toBe(true);
  });

  test('that connect at once to three instances, not yet replicated, exceed MAX_DEVICES by two at most', async () => {
    for (let max = 1; max <= 60; max++) {
      const clock = simulatedClock();
      const instances = [0, 1, 2].map(() => new Map<string, object>());
      const quotas = instances.map(
        (devices) => new DeviceQuota({ clock, maxDevices: max, instances: () => 3, devices }),
      );
      let taken = 0;
      for (let i = 0; i < 90; i++) {
        // Unevenly: one of them gets twice as many. Half of them are unknown until they have been fetched.
        const at = (i % 4) % 3;
        if (!quotas[at]?.reserve(`d${i}`)) continue;
        taken++;
        if (i % 2 === 0) instances[at]?.set(`d${i}`, {});
      }
      expect(taken).toBeLessThanOrEqual(max + 2);
      // Once all are replicated, the rest is admitted, and no more.
      for (let i = 0; i < 90; i++) {
        await clock.advance(2000);
        for (const one of instances) for (const other of instances) for (const [id] of one) other.set(id, {});
        const at = i % 3;
        if (quotas[at]?.reserve(`late-${i}`)) instances[at]?.set(`late-${i}`, {});
      }
      const all = new Set(instances.flatMap((devices) => [...devices.keys()]));
      expect(all.size).toBeGreaterThanOrEqual(max);
      expect(all.size).toBeLessThanOrEqual(max + 2);
    }
  });

  test('a burst at one instance is counted while lookups are pending: exact', () => {
    const quota = new DeviceQuota({ clock: simulatedClock(), maxDevices: 3, instances: () => 1, devices: new Map() });
    expect(['a', 'b', 'a', 'c', 'd'].map((id) => quota.reserve(id))).toEqual([true, true, true, true, false]);
  });

  test('from one address 500 come at once, then 10 per second; known ones and other addresses never wait', async () => {
    const { it, enrol, clock } = enrolment(Array.from({ length: 2000 }, (_, i) => `known-${i}`));
    const all = (name: string, n: number, address?: string) =>
      count(Array.from({ length: n }, (_, i) => enrol(`${name}-${i}`, address)));
    expect(all('known', 2000)).toBe(2000);
    expect(it.refusedLately).toBe(false);
    expect(all('new', 2000)).toBe(500);
    expect(all('other', 200, '192.0.2.2')).toBe(200);
    await clock.advance(1000);
    expect(all('later', 100)).toBe(10);
    await clock.advance(300_000);
    expect(it.refusedLately).toBe(false);
  });

  test('a /64 of IPv6 is one address', () => {
    const { enrol } = enrolment([]);
    const answers = Array.from({ length: 600 }, (_, i) => enrol(`a-${i}`, `2001:db8::${i.toString(16)}`));
    expect(count(answers)).toBe(500);
    expect(enrol('b', '2001:db8:0:0:1::1')).toBe('fleet_full');
    expect(enrol('b', '2001:db8:0:1::1')).toBe('ok');
  });
});
