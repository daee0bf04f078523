import { describe, expect, test } from 'vitest';
import { notification, notificationMachine } from '../../../machines/notification.ts';
import { withCoverage } from '../../support/coverage.ts';
import { type Asked, pureLife } from '../../support/pure-life.ts';

const { machine, declared, taken } = withCoverage(notificationMachine);

const ended = (as: 'assigned' | 'open' | 'notified', isOurs: boolean) => ({ type: 'ENDED', as, isOurs }) as const;
const learned = (as: 'assigned' | 'open' | 'notified') => ({ type: 'LEARNED', as }) as const;
const retried = (isOurs: boolean) => ({ type: 'RETRIED', isOurs }) as const;
const reached = { type: 'REACHED' } as const;
const missed = { type: 'MISSED' } as const;

const toAll: Asked = ['notify', { asker: true, watchers: true }];
const toWatchers: Asked = ['notify', { asker: false, watchers: true }];
const toAsker: Asked = ['notify', { asker: true, watchers: false }];
const record: Asked = ['record'];

function life(...events: Parameters<ReturnType<typeof begin>['send']>[0][]) {
  const it = begin();
  for (const event of events) it.send(event);
  return it;
}
const begin = () => pureLife(machine, undefined);

describe('C6 the asker', () => {
  test('of this instance is notified with the watchers, which is recorded', () => {
    const it = life();
    expect(it.send(ended('assigned', true))).toEqual([toAll]);
    expect(it.send(reached)).toEqual([record]);
    expect(it.state).toBe('notified');
  });

  test('of another instance is notified there', () => {
    const it = life();
    expect(it.send(ended('assigned', false))).toEqual([toWatchers]);
    expect(it.send(retried(false))).toEqual([]);
    expect(it.send(learned('notified'))).toEqual([]);
    expect(it.state).toBe('notified');
  });

  test('that was not reached is open to all instances, and notified when it connects', () => {
    const it = life(ended('assigned', true));
    expect(it.send(missed)).toEqual([record]);
    expect(it.state).toBe('open');
    expect(it.send(retried(true))).toEqual([toAsker]);
    expect(it.send(missed), 'that is known already').toEqual([]);
    expect(it.send(retried(true))).toEqual([toAsker]);
    expect(it.send(reached)).toEqual([record]);
    expect(it.state).toBe('notified');
  });

  test('whose instance is gone is notified by another', () => {
    expect(life(ended('assigned', false)).send(retried(true))).toEqual([toAsker]);
  });

  test('that another instance missed is looked for here', () => {
    const it = life(ended('assigned', false));
    expect(it.send(learned('open'))).toEqual([toAsker]);
    expect(it.send(learned('notified')), 'by another instance').toEqual([]);
    expect(it.state).toBe('notified');
  });

  test('that is notified is notified once: nothing happens any more', () => {
    const it = life(ended('notified', true));
    for (const event of [retried(true), learned('open'), reached, missed]) {
      expect(notification('notified', event)).toEqual({ is: 'notified', actions: [] });
      expect(it.send(event)).toEqual([]);
    }
    expect([it.state, it.snapshot.status]).toEqual(['notified', 'done']);
  });

  test('without other instances belongs to no instance', () => {
    const it = life();
    expect(it.send(ended('open', true))).toEqual([toAll]);
    expect(it.state).toBe('open');
    expect(it.send(reached)).toEqual([record]);
  });
});

describe('C6 watchers are notified when the ending becomes known, and never again', () => {
  test('also if the asker has been notified by then', () => {
    const it = life();
    expect(it.send(ended('notified', false))).toEqual([toWatchers]);
    expect(it.send(learned('notified'))).toEqual([]);
  });

  test('an ended notification does nothing more', () => {
    for (const event of [ended('open', true), learned('open'), retried(true), reached, missed])
      expect(notification('notified', event)).toEqual({ is: 'notified', actions: [] });
  });

  test('before the end nothing happens', () => {
    for (const event of [learned('open'), retried(true), reached, missed]) expect(life().send(event)).toEqual([]);
  });
});

test('a recorded state goes on as one that was reached', () => {
  const { is, actions } = notification('open', retried(true));
  expect([is, actions.map(({ type }) => type)]).toEqual(['open', ['notify']]);
  expect(notification('assigned', missed).is).toBe('open');
  expect(notification('pending', ended('assigned', false)).is).toBe('assigned');
});

test('every transition of the machine was taken by the tests above', () => {
  expect(declared.length).toBeGreaterThan(10);
  expect(declared.filter((transition) => !taken.has(transition))).toEqual([]);
});
