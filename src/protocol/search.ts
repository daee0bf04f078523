import { interfaces, inventory } from '../../machines/reading.ts';
import type { DeviceDocument } from './document.ts';

/** Longer values are cut, and lists too, so that no device makes a search slow. */
const MAX_VALUE = 256;
const MAX_VALUES = 64;

/**
 * The one search for devices (`q` of REST, the console, the CLI). Each word of `q` must be in the id, the name, the group, a
 * label's value, what plays, the host name or an address of the device, whatever its case, accents and Unicode form.
 */
export function searchFor(q: string): (document: DeviceDocument) => boolean {
  const words = fold(q).split(/\s+/).filter(Boolean);
  return (document) => {
    if (words.length === 0) return true;
    const text = textOf(document);
    return words.every((word) => text.includes(word));
  };
}

/** Documents are replaced, never changed, so what was folded once stays right. */
const texts = new WeakMap<DeviceDocument, string>();

function textOf(document: DeviceDocument): string {
  let text = texts.get(document);
  if (text === undefined) {
    text = textFor(document);
    texts.set(document, text);
  }
  return text;
}

function textFor({ id, name, group, labels, playback, connection, network, state }: DeviceDocument): string {
  const machine = inventory(state);
  let text = '';
  const add = (value: string | null | undefined) => {
    if (value) text += `${fold(value.slice(0, MAX_VALUE))}\n`;
  };
  const addAll = (values: readonly string[]) => {
    for (let i = 0; i < values.length && i < MAX_VALUES; i++) add(values[i]);
  };
  add(id);
  add(name);
  add(group);
  // A document that was stored by an earlier version may lack it.
  add(playback?.item);
  add(playback?.playlist);
  add(machine.hostName);
  add(connection.address);
  addAll(Object.values(labels));
  for (const { addresses, macs } of network ? [machine, interfaces(network)] : [machine]) {
    addAll(addresses);
    addAll(macs);
  }
  return text;
}

/** Upper case first: it makes `ss` of `ß`. Lower case alone has two forms of a sigma. */
export function fold(text: string): string {
  if (isPlain(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const isPlain = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);
