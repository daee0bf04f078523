import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { PlayerSession } from '../../../src/fleet/player-session.ts';
import { Sessions } from '../../../src/fleet/sessions.ts';

const AT = Date.parse('2026-11-29T12:00:00.000Z');
const sessionOf = (id: string, address = '10.0.0.1', macs: string[] = []) =>
  ({ id, address, macs }) as unknown as PlayerSession;
const factsOf = (id: string, isAlive = false) => ({
  ...{ id, address: '10.0.0.1', macs: [] },
  ...{ hostName: `host of ${id}`, isAlive },
});
const { connection } = newDocument('d', AT, 30_000);

describe('P4 whose messages are ignored', () => {
  const own = () => {
    const sessions = new Sessions();
    const session = sessionOf('own', '10.0.0.1');
    sessions.add(session, null);
    sessions.begin(session);
    return sessions;
  };

  test("nobody's while no session is the device's, nor those from its address", () => {
    expect(new Sessions().isStranger('10.0.0.2', false)).toBe(false);
    expect(own().isStranger('10.0.0.1', false)).toBe(false);
  });

  test("from elsewhere those without the device's token, and those of a displaced machine", () => {
    const sessions = own();
    expect(sessions.isStranger('10.0.0.2', false)).toBe(true);
    expect(sessions.isStranger('10.0.0.2', true)).toBe(false);
    sessions.add(sessionOf('displaced', '10.0.0.2'), null);
    expect(sessions.isStranger('10.0.0.2', true)).toBe(true);
    sessions.end();
    expect(sessions.isStranger('10.0.0.2', true)).toBe(false);
  });
});

describe('P8 the sessions of a device', () => {
  test('are in the order of their last registration; a host name once known stays', () => {
    const sessions = new Sessions();
    sessions.add(sessionOf('a'), 'host a');
    sessions.add(sessionOf('b'), null);
    sessions.add(sessionOf('a'), null);
    expect(sessions.facts.map(({ id, hostName }) => [id, hostName])).toEqual([
      ['b', null],
      ['a', 'host a'],
    ]);
    expect(sessions.delete('b')?.id).toBe('b');
    expect(sessions.delete('b')).toBeUndefined();
    expect(sessions.get('b')).toBeUndefined();
  });

  test("the device's states tell the host name of its own session alone", () => {
    const sessions = new Sessions();
    const [a, b] = [sessionOf('a'), sessionOf('b')];
    for (const it of [a, b]) sessions.add(it, null);
    sessions.describe('nobody');
    sessions.begin(b);
    sessions.describe('host b');
    sessions.describe(null);
    expect(sessions.facts.map(({ hostName }) => hostName)).toEqual([null, 'host b']);
  });

  test('of the previous instance: the current one, the displaced ones, and whether they are in conflict', () => {
    const all = ['a', 'b', 'c'].map((id) => ({ session: sessionOf(id), facts: factsOf(id, id === 'a') }));
    const sessions = new Sessions({ sessions: all, own: 'c' });
    expect(sessions.isContested).toBe(true);
    expect(sessions.known.session?.id).toBe('c');
    expect(sessions.known.displaced.map(({ id, isAlive }) => [id, isAlive])).toEqual([
      ['a', true],
      ['b', true],
    ]);
    sessions.begin(all[1]?.session as PlayerSession);
    expect(sessions.known).not.toHaveProperty('session');
    expect(sessions.known.displaced.map(({ id }) => id)).toEqual(['a', 'c']);
    const dead = new Sessions({ sessions: all.slice(1), own: 'c' });
    expect(dead.isContested).toBe(false);
    expect(new Sessions({ sessions: all.slice(0, 1), own: 'a' }).isContested, 'alone').toBe(false);
  });
});

describe('P8 the last session', () => {
  const movedWith = (own: string | null) => {
    const sessions = ['a', 'b'].map((id) => ({ session: sessionOf(id), facts: factsOf(id) }));
    return new Sessions({ sessions, own });
  };

  test('is the one that was current at the previous instance', () => expect(movedWith('a').last?.id).toBe('a'));

  test('is the newest if none was, or that one is gone', () => {
    expect(movedWith(null).last?.id).toBe('b');
    const left = movedWith('a');
    left.delete('a');
    expect(left.last?.id).toBe('b');
  });

  test('is none without sessions', () => expect(new Sessions().last).toBeUndefined());
});

describe('P8 a conflict is shown', () => {
  const contested = () => {
    const sessions = new Sessions();
    const [a, b] = [sessionOf('a', '10.0.0.1', ['aa']), sessionOf('b', '10.0.0.2')];
    sessions.add(a, null);
    sessions.add(b, 'host b');
    sessions.begin(b);
    return { sessions, a, b };
  };

  test('with where both machines connect from, until it is over', () => {
    const { sessions } = contested();
    expect(sessions.shownIn(connection, AT)).toBe(connection);
    sessions.contest(['a']);
    const shown = sessions.shownIn(connection, AT);
    expect(shown.conflict).toEqual({
      since: '2026-11-29T12:00:00.000Z',
      places: ['10.0.0.2 host b', '10.0.0.1 aa'],
    });
    expect(sessions.shownIn(shown, AT + 1000), 'nothing has changed').toBe(shown);
    sessions.contest(['a', 'gone']);
    expect(sessions.shownIn(shown, AT + 1000)).toBe(shown);
    sessions.contest([]);
    expect(sessions.shownIn(shown, AT + 1000)).toEqual(connection);
  });

  test('again when another machine takes part, since it began', () => {
    const { sessions } = contested();
    sessions.contest(['a']);
    const shown = sessions.shownIn(connection, AT);
    sessions.add(sessionOf('c', '10.0.0.3'), null);
    sessions.contest(['a', 'c']);
    expect(sessions.shownIn(shown, AT + 1000).conflict).toEqual({
      since: '2026-11-29T12:00:00.000Z',
      places: ['10.0.0.2 host b', '10.0.0.1 aa', '10.0.0.3'],
    });
  });

  test('as it was while the displaced session is recalled', () => {
    const { sessions } = contested();
    sessions.contest(['a']);
    const shown = sessions.shownIn(connection, AT);
    sessions.end();
    expect(sessions.shownIn(shown, AT + 1000)).toBe(shown);
  });
});
