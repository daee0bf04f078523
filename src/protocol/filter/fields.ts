import type { DesiredStatus } from '../../../machines/desired-status.ts';
import type { DeviceDocument, Time } from '../document.ts';
import { fold, machineOf } from '../search.ts';
import type { Key, Operator } from './filter.ts';

type Texts = readonly (string | null | undefined)[];

/** A field of a device, and how it is compared. */
export type Field = { name: string } & (
  | { kind: 'text'; of(document: DeviceDocument): Texts }
  | { kind: 'version'; of(document: DeviceDocument): string | null }
  | { kind: 'choice'; choices: readonly string[]; of(document: DeviceDocument): string }
  | { kind: 'number'; of(document: DeviceDocument): number | null | undefined }
  /** Time since then; null: never. */
  | { kind: 'age'; of(document: DeviceDocument): Time | null | 'now' }
);

export const operatorsOf: Readonly<Record<Field['kind'], readonly Operator[]>> = {
  text: [':', '=', '~'],
  version: [':', '=', '~', '<', '<=', '>', '>='],
  choice: [':', '='],
  number: [':', '=', '<', '<=', '>', '>='],
  age: ['<', '<=', '>', '>='],
};

/** The field of a key, case-insensitive; undefined if there is none. */
export function fieldOf(key: Key): Field | undefined {
  const field = fields.get(key.toLowerCase());
  if (field || !/^label\.[\s\S]/i.test(key)) return field;
  const label = key.slice('label.'.length);
  return { name: `label.${label}`, kind: 'text', of: ({ labels }) => labelled(labels, label) };
}

/** The values of labels whose key matches, case-insensitive. */
function labelled(labels: Readonly<Record<string, string>>, label: string): Texts {
  const wanted = fold(label);
  return Object.keys(labels).flatMap((key) => (fold(key) === wanted ? [labels[key]] : []));
}

const text = (name: string, of: (document: DeviceDocument) => Texts): Field => ({ name, kind: 'text', of });
const choice = (name: string, choices: readonly string[], of: (document: DeviceDocument) => string): Field => ({
  name,
  kind: 'choice',
  choices,
  of,
});
const isSo = (name: string, of: (document: DeviceDocument) => unknown): Field =>
  choice(name, ['yes', 'no'], (document) => (of(document) ? 'yes' : 'no'));

// Documents of earlier versions have no playback.
const all: readonly Field[] = [
  text('id', ({ id }) => [id]),
  text('name', ({ name }) => [name]),
  text('group', ({ group }) => [group]),
  text('type', ({ type }) => [type]),
  { name: 'version', kind: 'version', of: ({ appVersion }) => appVersion },
  choice('status', ['online', 'reconnecting', 'offline'], ({ connection }) => connection.status),
  text('reason', ({ connection }) => [connection.reason]),
  { name: 'since', kind: 'age', of: ({ connection }) => connection.since },
  // The last traffic of a connected device is now; not all of it is published.
  {
    name: 'seen',
    kind: 'age',
    of: ({ connection }) => (connection.status === 'online' ? 'now' : connection.lastSeenAt),
  },
  choice('report', ['unknown', 'live', 'stale'], ({ report }) => report.status),
  choice('onair', ['yes', 'no', 'unknown'], ({ onAir }) => onAir.status),
  text('why', ({ onAir }) => [onAir.why]),
  choice(
    'playback',
    ['playing', 'paused', 'stopped', 'unavailable', 'unknown'],
    ({ playback }) => playback?.status ?? 'unknown',
  ),
  text('playing', ({ playback }) => [playback?.item, playback?.playlist]),
  text('playlist', ({ playback }) => [playback?.playlist]),
  choice('fullscreen', ['yes', 'no', 'unknown'], ({ playback }) => words.get(playback?.fullscreen) ?? 'unknown'),
  { name: 'volume', kind: 'number', of: ({ playback }) => playback?.volume },
  text('host', (document) => [machineOf(document).hostName]),
  text('address', (document) => [document.connection.address, ...machineOf(document).addresses]),
  text('mac', (document) => machineOf(document).macs),
  text('node', ({ connection }) => [connection.node]),
  choice(
    'desired',
    ['none', 'converged', 'converging', 'suspended', 'failing', 'unknown', 'inactive'] satisfies (
      | DesiredStatus
      | 'none'
    )[],
    ({ desired }) => desired?.status ?? 'none',
  ),
  isSo('blocked', ({ blocked }) => blocked),
  isSo('restricted', ({ connection }) => connection.restricted),
  isSo('conflict', ({ connection }) => connection.conflict),
];

const words: ReadonlyMap<unknown, string> = new Map([
  [true, 'yes'],
  [false, 'no'],
]);

const fields: ReadonlyMap<string, Field> = new Map(all.map((field) => [field.name, field]));

/** The keys as shown to users. */
export const keys: readonly string[] = [...fields.keys(), 'label.KEY'];
