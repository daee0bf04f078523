import { expect, test } from 'vitest';
import { Inbox } from '../../../src/cluster/inbox.ts';
import { Replicas } from '../../../src/cluster/replicas.ts';
import { encode } from '../../../src/cluster/replication-message.ts';
import { newDocument } from '../../../src/fleet/document.ts';

const AT = '2026-11-29T12:00:00.000Z';
const document = newDocument('d', Date.parse(AT), 30_000);

/** An instance that holds no devices, and the versions that it asks owners to continue beyond. */
function observer() {
  const replicas = new Replicas(() => {});
  replicas.set({ version: 7, document, edited: [], epoch: 1, owner: 'n1' });
  const noted: object[] = [];
  const nothing = () => {};
  const inbox = new Inbox({
    membership: { me: 'n3', heard: nothing, left: nothing },
    replicas,
    ownership: { holds: () => false, isOurs: () => true, epochOf: () => 0, lose: nothing },
    reader: { behind: nothing },
    conflicts: { note: (it: object) => noted.push(it) },
    log: { warn: nothing },
    command: nothing,
    token: nothing,
    missed: nothing,
    joined: nothing,
  } as never);
  let sequence = 0;
  const receive = (from: string, epoch: number, version: number, name: string) =>
    inbox.take(
      encode({
        from,
        sequence: ++sequence,
        changes: [[epoch, { deviceId: 'd', version, at: AT, patch: [{ op: 'replace', path: '/name', value: name }] }]],
      }),
    );
  return { replicas, noted, receive };
}

test('K4 D1 if a stopping owner published a version that its successor assigns to other content, the successor continues beyond it', () => {
  const { replicas, noted, receive } = observer();
  // Its write was refused, because n2 had claimed the device by then; it was published all the same.
  receive('n1', 1, 8, 'by n1');
  receive('n2', 2, 8, 'by n2');
  expect(noted).toEqual([{ id: 'd', version: 8, diverged: true }]);
  expect(replicas.get('d')).toMatchObject({ version: 8, owner: 'n2', epoch: 2 });
});

test('K4 a successor that continues from what was published receives no request', () => {
  const { replicas, noted, receive } = observer();
  receive('n1', 1, 8, 'by n1');
  receive('n2', 2, 9, 'by n2');
  receive('n2', 2, 9, 'again');
  expect(noted).toEqual([]);
  expect(replicas.get('d')).toMatchObject({ version: 9, document: { name: 'by n2' } });
});
