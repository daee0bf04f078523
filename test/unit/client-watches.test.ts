import { expect, test } from 'vitest';
import { createWatches } from '../../src/client/watches.ts';

function start() {
  const sent: object[] = [];
  let connected = true;
  const watches = createWatches({
    isConnected: () => connected,
    request: async (event, payload) => {
      sent.push({ event, ...payload });
      return {};
    },
  });
  const connect = (is: boolean) => {
    connected = is;
  };
  return { watches, sent, connect };
}
const watch = (deviceId: string, intervalMs?: number) => ({
  event: 'device:watch',
  deviceId,
  ...(intervalMs && { intervalMs }),
});

test('a device is watched at the fastest requested rate, and the server notified only when that changes', () => {
  const { watches, sent } = start();
  const gently = watches.watch('a', 10_000);
  const again = watches.watch('a', 10_000);
  expect(sent.splice(0)).toEqual([watch('a', 10_000)]);
  const closely = watches.watch('a', 0);
  expect(sent.splice(0)).toEqual([watch('a')]);
  closely();
  closely();
  expect(sent.splice(0)).toEqual([watch('a', 10_000)]);
  again();
  expect(sent.splice(0)).toEqual([]);
  gently();
  expect(sent.splice(0)).toEqual([{ event: 'device:unwatch', deviceId: 'a' }]);
});

test('a new connection repeats every watch at its rate, as does the return of a device', () => {
  const { watches, sent, connect } = start();
  connect(false);
  watches.watch('a', 10_000);
  watches.watch('b', 0);
  expect(sent).toEqual([]);
  connect(true);
  watches.connected();
  expect(sent.splice(0)).toEqual([watch('a', 10_000), watch('b')]);
  watches.changed([{ deviceId: 'a', after: { version: 1, document: {} as never } }]);
  expect(sent).toEqual([watch('a', 10_000)]);
});
