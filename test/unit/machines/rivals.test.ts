import { describe, expect, test } from 'vitest';
import { type Displaced, isSameMachine, MAX_DISPLACED, type Session, settle } from '../../../machines/rivals.ts';

const session = (id: string, ...macs: string[]): Session => ({ id, address: `192.0.2.${id}`, macs });
const rival = (id: string, isAlive = false): Displaced => ({ ...session(id, `mac ${id}`), isAlive });
const [s1, s2] = [session('1', 'mac 1'), session('2', 'mac 2')];

describe('P8 two sessions are of one machine', () => {
  test.each([
    ['by a hardware address of both', { macs: ['a', 'b'] }, { macs: ['c', 'b'], address: 'other' }, true],
    ['not by the address if both report others', { macs: ['a'] }, { macs: ['b'] }, false],
    ['by the address if one reports none', { macs: ['a'] }, { macs: [] }, true],
    ['by the address if neither does', { macs: [] }, { macs: [] }, true],
    ['not from different addresses', { macs: ['a'] }, { macs: [], address: 'other' }, false],
  ])('%s', (_, a, b, expected) => {
    const of = (more: Partial<Session>): Session => ({ ...session('1'), ...more });
    expect([isSameMachine(of(a), of(b)), isSameMachine(of(b), of(a))]).toEqual([expected, expected]);
  });
});

describe('P8 a session that registers', () => {
  test('displaces one of another machine, which is doubted', () => {
    expect(settle(s1, [rival('3', true)], { type: 'REGISTERED', session: s2 })).toEqual({
      displaced: [rival('3', true), { ...s1, isAlive: false }],
      replaced: [],
      doubted: s1,
    });
  });

  test('replaces those of its own machine, current or displaced', () => {
    const newest = session('9', 'mac 1', 'mac 3');
    expect(settle(s1, [rival('3'), rival('4')], { type: 'REGISTERED', session: newest })).toEqual({
      displaced: [rival('4')],
      replaced: [rival('3'), s1],
    });
  });

  test('that was displaced is the device again', () => {
    expect(settle(null, [rival('3'), rival('4')], { type: 'REGISTERED', session: session('3', 'mac 3') })).toEqual({
      displaced: [rival('4')],
      replaced: [],
    });
  });

  test('ends the oldest displaced one above the limit', () => {
    const full = Array.from({ length: MAX_DISPLACED }, (_, i) => rival(String(i + 3)));
    const { displaced, replaced } = settle(s1, full, { type: 'REGISTERED', session: s2 });
    expect(displaced).toEqual([...full.slice(1), { ...s1, isAlive: false }]);
    expect(replaced).toEqual([full[0]]);
  });
});

describe('P8 a displaced session', () => {
  const both = [rival('3'), rival('4')];

  test('that answers is alive, and no other', () => {
    expect(settle(s1, both, { type: 'ANSWERED', sessionId: '3' })).toEqual({
      displaced: [rival('3', true), rival('4')],
      replaced: [],
    });
  });

  test('that does not answer is ended', () => {
    expect(settle(s1, both, { type: 'PROBE_MISSED', sessionId: '3' })).toEqual({
      displaced: [rival('4')],
      replaced: [rival('3')],
    });
  });

  test('that disconnects changes nothing for the device', () => {
    expect(settle(s1, both, { type: 'DISCONNECTED', sessionId: '4' })).toEqual({
      displaced: [rival('3')],
      replaced: [],
    });
  });

  test('becomes the device when that disconnects: the newest live one, otherwise the newest', () => {
    const gone = { type: 'DISCONNECTED', sessionId: s1.id } as const;
    const some = [rival('3', true), rival('5', true), rival('4')];
    expect(settle(s1, some, gone)).toEqual({ displaced: some, replaced: [], recalled: rival('5', true) });
    expect(settle(s1, both, gone).recalled).toEqual(rival('4'));
    expect(settle(null, both, { type: 'PROBE_MISSED', sessionId: '4' }).recalled).toEqual(rival('3'));
    expect(settle(s1, [], gone)).toEqual({ displaced: [], replaced: [] });
  });
});
