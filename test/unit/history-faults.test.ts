import { expect, it } from 'vitest';
import { canonical, faultsIn, type History, type Kept } from '../support/history-faults.ts';
import type { Ending } from '../support/operator.ts';

const document = { version: 3, document: { id: 'd' } };
const told = (more: Partial<Ending> & { toldAt?: number; by?: string } = {}) => ({
  commandId: 'c',
  deviceId: 'd',
  command: 'vlc:pause',
  status: 'success',
  attempts: 1,
  durationMs: 5,
  toldAt: 10_000,
  by: 'n1',
  ...more,
});
const message = (sequence: number, version: number, channel = 'a') => ({
  cursor: `${channel}.${sequence}`,
  updates: [{ deviceId: 'd', version, at: '', patch: [] }],
});

/** A correct run; each test changes one thing. */
function run(spoil: Partial<History> = {}, kept: Partial<Kept> = {}): string[] {
  const good: Kept = { documents: new Map([['d', canonical(document)]]), commands: new Map([['c', 'success']]) };
  const history: History = {
    owners: { owners: new Map([['d', new Map([[1, new Set(['n1'])]])]]) },
    observers: [{ gaps: [], messages: [message(1, 2), message(2, 3)], documents: new Map([['d', document]]) }],
    received: new Map([['d', [{ commandId: 'c', command: 'vlc:pause', params: {} }]]]),
    accepted: [{ commandId: 'c', deviceId: 'd' }],
    endings: [told()],
    ...spoil,
  };
  return faultsIn(history, [good, { ...good, ...kept }]);
}
const observer = (more: Partial<History['observers'][number]>) => ({
  observers: [{ gaps: [], messages: [], documents: new Map([['d', document]]), ...more }],
});

it('the checker finds nothing in a correct history', () => {
  expect(run()).toEqual([]);
});

it('K1 the checker finds two owners of one epoch', () => {
  expect(run({ owners: { owners: new Map([['d', new Map([[1, new Set(['n1', 'n2'])]])]]) } })).toEqual([
    'd: epoch 1 had the owners n1, n2',
  ]);
});

it('D1 the checker finds a version that is published twice, or decreases; and a gap', () => {
  expect(run(observer({ messages: [message(1, 3), message(2, 3)] }))).toEqual(['d: 3 after 3']);
  expect(run(observer({ messages: [message(1, 3), message(2, 2)] }))).toEqual(['d: 2 after 3']);
  expect(run(observer({ gaps: ['d 1 → 3'] }))).toEqual(['d 1 → 3']);
  // After the switch to another instance's channel, all documents were sent again.
  expect(run(observer({ messages: [message(1, 3), message(1, 2, 'b')] }))).toEqual([]);
});

it('D1 the checker finds a version that was published twice with different content', () => {
  const told = (value: string) => {
    const patch = [{ op: 'add' as const, path: '/name', value }];
    const messages = [{ cursor: 'a.1', updates: [{ deviceId: 'd', version: 3, at: '', patch }] }];
    return { gaps: [], messages, documents: new Map([['d', document]]) };
  };
  expect(run({ observers: [told('a'), told('a')] })).toEqual([]);
  expect(run({ observers: [told('a'), told('b')] }).join()).toMatch(/^d: version 3 was told as .* and as /);
});

it('C1 the checker finds a toggle that was carried out twice, and nothing else', () => {
  const twice = (command: string) => new Map([['d', [0, 1].map(() => ({ commandId: 'c', command, params: {} }))]]);
  expect(run({ received: twice('vlc:pause') })).toEqual(['d: toggle c came twice']);
  expect(run({ received: twice('vlc:play') })).toEqual([]);
});

it('K3 the checker finds a missing, repeated or contradicting ending', () => {
  expect(run({ endings: [] })).toEqual(['c: its ending was never told', 'c: told as , kept as success,success']);
  expect(run({ endings: [told(), told()] })).toEqual(['c: told 2 times (success n1 10000, success n1 10000)']);
  expect(run({ endings: [told(), told({ status: 'timeout' })], silences: [{ by: 'n1', at: 10_000 }] })).toEqual([
    'c: told 2 times (success n1 10000, timeout n1 10000)',
  ]);
  expect(run({}, { commands: new Map([['c', 'timeout']]) })).toEqual(['c: told as success, kept as success,timeout']);
  expect(run({}, { commands: new Map() })).toEqual(['c: told as success, kept as success,']);
});

it.each([
  ['was killed then', { by: 'n1', at: 10_500 }, true],
  ['was killed later', { by: 'n1', at: 15_000 }, false],
  ['lived: another one was killed then', { by: 'n3', at: 10_500 }, false],
  ['was frozen then, until it counted as lost', { by: 'n1', at: 10_500, until: 17_000 }, true],
  ['was frozen then, too briefly for that', { by: 'n1', at: 10_500, until: 12_000 }, false],
  ['was frozen later', { by: 'n1', at: 15_000, until: 22_000 }, false],
])('K3 the checker allows a repeated ending only if its first instance fell silent: it %s', (_, silence, isAllowed) => {
  const endings = [told(), told({ toldAt: 18_000, by: 'n2' })];
  const faults = ['c: told 2 times (success n1 10000, success n2 18000)'];
  expect(run({ endings, silences: [silence] })).toEqual(isAllowed ? [] : faults);
});

it('C4 the checker finds a delivered command that is reported as undelivered', () => {
  const commands = new Map([['c', 'undelivered']]);
  expect(run({ endings: [told({ status: 'undelivered' })] }, { commands })).toContain(
    'c: undelivered, and it was delivered',
  );
});

it('K2 the checker finds a document that differs between instances, or at an admin, or is missing', () => {
  const other = { version: 4, document: { id: 'd' } };
  expect(run({}, { documents: new Map([['d', canonical(other)]]) })).toHaveLength(1);
  expect(run({}, { documents: new Map() })).toHaveLength(1);
  expect(
    run(
      {},
      {
        documents: new Map([
          ['d', canonical(document)],
          ['e', '{}'],
        ]),
      },
    ),
  ).toHaveLength(1);
  expect(run(observer({ documents: new Map([['d', other]]) }))).toHaveLength(1);
  expect(run(observer({ documents: new Map() }))).toHaveLength(1);
});
