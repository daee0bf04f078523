import { expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { CommandRecord } from '../../../src/protocol/commands.ts';
import type { ConnectionStatus, DeviceDocument } from '../../../src/protocol/document.ts';
import { alertChanged, commandEnded, DeviceChanges } from '../../../src/webhooks/events.ts';

const AT = '2026-11-29T12:00:00.000Z';
const blank = newDocument('d', Date.parse(AT), 30_000);
const documentOf = (status: ConnectionStatus, onAir: 'yes' | 'no' | 'unknown'): DeviceDocument => ({
  ...blank,
  group: 'hall',
  connection: { ...blank.connection, status, reason: 'no_heartbeat' },
  onAir: { ...blank.onAir, status: onAir },
});

/** The events of a device with these consecutive documents. */
function typesOf(...steps: [ConnectionStatus, 'yes' | 'no' | 'unknown'][]) {
  const changes = new DeviceChanges();
  let before: DeviceDocument | undefined;
  return steps.map(([status, onAir], version) => {
    const after = documentOf(status, onAir);
    const events = changes.of({ deviceId: 'd', version, at: AT, patch: [] }, after, before);
    before = after;
    return events.map(({ type, data }) =>
      type === 'device.on_air' ? `${type} ${(data.onAir as { status: string }).status}` : type,
    );
  });
}

test('V1 online and offline are sent once each; a short disconnect is neither', () => {
  expect(
    typesOf(['offline', 'unknown'], ['online', 'unknown'], ['reconnecting', 'unknown'], ['online', 'unknown']),
  ).toEqual([[], ['device.online'], [], []]);
  expect(
    typesOf(['online', 'unknown'], ['reconnecting', 'unknown'], ['offline', 'unknown'], ['online', 'unknown']),
  ).toEqual([['device.online'], [], ['device.offline'], ['device.online']]);
});

test('V1 on air is sent when proven and different from before: an unknown in between is no change', () => {
  expect(
    typesOf(
      ['online', 'unknown'],
      ['online', 'yes'],
      ['reconnecting', 'unknown'],
      ['online', 'unknown'],
      ['online', 'yes'],
    ),
  ).toEqual([['device.online'], [], [], [], []]);
  expect(typesOf(['online', 'yes'], ['online', 'unknown'], ['online', 'no'], ['online', 'yes']).slice(1)).toEqual([
    [],
    ['device.on_air no'],
    ['device.on_air yes'],
  ]);
});

test('V4 after a restart nothing is sent again', () => {
  // The record, restored, and back again.
  const changes = new DeviceChanges();
  const steps = [documentOf('online', 'yes'), documentOf('reconnecting', 'unknown'), documentOf('online', 'yes')];
  const told = (through: DeviceDocument[]) =>
    through.slice(1).flatMap((after, i) => {
      return changes.of({ deviceId: 'd', version: i, at: AT, patch: [] }, after, through[i]);
    });
  expect(told(steps)).toEqual([]);
  // A clean stop records that the status is unknown.
  expect(told(steps.slice(1).map((it) => ({ ...it, id: 'e' })))).toEqual([]);
});

test('V1 on air at another instance counts: the record is what was sent last', () => {
  const changes = new DeviceChanges();
  const of = (was: 'yes' | 'no', is: 'yes' | 'no') =>
    changes.of({ deviceId: 'd', version: 1, at: AT, patch: [] }, documentOf('online', is), documentOf('online', was));
  expect(of('no', 'yes')).toHaveLength(1);
  // Another instance held it meanwhile, and sent `no`.
  expect(of('no', 'yes')).toHaveLength(1);
});

test('V3 an event is identified by its key, whichever instance sends it; a removed device creates none', () => {
  const of = () =>
    new DeviceChanges().of(
      { deviceId: 'd', version: 7, at: AT, patch: [] },
      documentOf('online', 'unknown'),
      undefined,
    );
  expect(of()).toEqual(of());
  expect(of()).toMatchObject([
    {
      type: 'device.online',
      key: 'd 7',
      at: Date.parse(AT),
      group: 'hall',
      data: { device: { id: 'd', name: null, group: 'hall' } },
    },
  ]);
  expect(
    new DeviceChanges().of(
      { deviceId: 'd', version: 8, at: AT, deleted: true },
      undefined,
      documentOf('online', 'yes'),
    ),
  ).toEqual([]);
});

test('V1 a command event has the outcome but not the parameters; an alert of a group belongs to the group', () => {
  const record = {
    commandId: 'c',
    deviceId: 'd',
    command: 'vlc:play',
    params: { secret: 1 },
    status: 'error',
    message: 'no',
    result: 'long',
    endedAt: AT,
  } as unknown as CommandRecord;
  const { data, group, at } = commandEnded(record, undefined);
  expect({ data, group, at }).toEqual({
    data: {
      device: { id: 'd' },
      command: { commandId: 'c', command: 'vlc:play', status: 'error', message: 'no', endedAt: AT },
    },
    group: null,
    at: Date.parse(AT),
  });
  const alert = { id: 'a', alert: 'site_incident', about: 'group hall', summary: 's', openedAt: 1 } as const;
  expect(alertChanged(alert)).toMatchObject({
    type: 'alert.opened',
    group: 'hall',
    key: 'a open',
    data: { alert: { severity: 'critical' } },
  });
  expect(alertChanged({ ...alert, about: 'address 192.0.2.1', resolvedAt: 5 })).toMatchObject({
    type: 'alert.resolved',
    group: null,
    at: 5,
  });
});
