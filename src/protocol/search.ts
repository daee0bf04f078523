import { type Inventory, interfaces, machine } from '../../machines/reading.ts';
import type { DeviceDocument } from './document.ts';

/** Longer values and lists are cut, so that no device makes searches slow. */
const MAX_VALUE = 256;
const MAX_VALUES = 64;

/** A cache: documents are immutable. */
const texts = new WeakMap<DeviceDocument, string>();

/** The searchable values of a device, folded, one per line. */
export function textOf(document: DeviceDocument): string {
  let text = texts.get(document);
  if (text === undefined) {
    text = textFor(document);
    texts.set(document, text);
  }
  return text;
}

function textFor(document: DeviceDocument): string {
  const { id, name, group, labels, playback, connection } = document;
  const { hostName, addresses, macs } = machineOf(document);
  let text = '';
  const add = (value: string | null | undefined) => {
    if (value) text += `${value.slice(0, MAX_VALUE)}\n`;
  };
  const addAll = (values: readonly string[]) => {
    for (let i = 0; i < values.length && i < MAX_VALUES; i++) add(values[i]);
  };
  add(id);
  add(name);
  add(group);
  // Documents of earlier versions may lack it.
  add(playback?.item);
  add(playback?.playlist);
  add(hostName);
  add(connection.address);
  addAll(Object.values(labels));
  addAll(addresses);
  addAll(macs);
  return fold(text);
}

type Machine = Pick<Inventory, 'hostName' | 'addresses' | 'macs'>;
const machines = new WeakMap<DeviceDocument, Machine>();

/** Facts about the machine, from the state and the registration. */
export function machineOf(document: DeviceDocument): Machine {
  const known = machines.get(document) ?? machineFor(document);
  machines.set(document, known);
  return known;
}

function machineFor({ network, state }: DeviceDocument): Machine {
  const { hostName, addresses, macs } = machine(state);
  if (!network) return { hostName, addresses, macs };
  const registered = interfaces(network);
  return { hostName, addresses: [...addresses, ...registered.addresses], macs: [...macs, ...registered.macs] };
}

const MAC_PAIRS = /^[0-9a-f]{2}(?:[-:][0-9a-f]{2})+$/;
const MAC_WHOLE = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$|^[0-9a-f]{12}$/;

/** Normalizes a MAC address or the beginning of one, in any notation: `aa-bb-cc…`, `AABB.CCDD.EEFF`, `aabbccddeeff`. */
export function macIn(folded: string): string | undefined {
  if (MAC_PAIRS.test(folded)) return folded.replaceAll('-', ':');
  return MAC_WHOLE.test(folded) ? folded.replaceAll('.', '').replace(/..(?=.)/g, '$&:') : undefined;
}

/** Folds case and accents. Upper case first turns `ß` into `ss`; lower case alone would keep two forms of sigma. */
export function fold(text: string): string {
  if (isPlain(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const isPlain = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);
