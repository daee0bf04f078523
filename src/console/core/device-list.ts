import { ID } from '../../protocol/schema.ts';

/** A line of a list of devices to create. */
export interface ListedDevice {
  /** In the text, from 1. */
  line: number;
  id: string;
  name: string;
  group: string;
  labels: Readonly<Record<string, string>>;
  fault?: Fault;
}

/** `cells`: more than there are columns. `twice`: the id of an earlier line. `empty`: neither id nor name. */
export type Fault =
  | { code: 'id' | 'name' | 'group' | 'labels' | 'cells' | 'empty' }
  | { code: 'twice'; first: number }
  | { code: 'tooMany'; most: number };

export const MAX_LISTED = 1000;
const MAX_TEXT = 256;
const MAX_KEY = 64;
const NO_KEY = /^(__proto__|constructor|prototype)$/;

/** The names of columns, in both languages. Another column is a label. */
const columns: Readonly<Record<string, 'id' | 'name' | 'group'>> = {
  id: 'id',
  name: 'name',
  nombre: 'name',
  group: 'group',
  grupo: 'group',
};

/**
 * Reads a pasted list or a CSV file: separated by tabs, semicolons or commas. The first line may name the columns;
 * otherwise they are id, name, group, and labels such as `floor=3`.
 */
export function readDeviceList(text: string): ListedDevice[] {
  const rows = rowsOf(text.replace(/^\ufeff/, ''));
  const [first] = rows;
  if (!first) return [];
  const names = first.cells.map((it) => it.toLowerCase());
  const hasHeader = names.some((it) => it in columns) && first.cells.every((it) => it !== '');
  const header = hasHeader ? first.cells : undefined;
  const firstLines = new Map<string, number>();
  return rows.slice(hasHeader ? 1 : 0).map(({ line, cells }, i) => {
    const device = { line, ...(header ? named(header, cells) : unnamed(cells)) };
    const fault: Fault | undefined =
      i >= MAX_LISTED
        ? { code: 'tooMany', most: MAX_LISTED }
        : (faultOf(device, header, cells) ?? twice(device.id, firstLines.get(device.id)));
    if (device.id !== '' && !firstLines.has(device.id)) firstLines.set(device.id, line);
    return fault ? { ...device, fault } : device;
  });
}

type Device = Omit<ListedDevice, 'line' | 'fault'> & { hasWrongLabel?: boolean };

function named(header: readonly string[], cells: readonly string[]): Device {
  const device = { id: '', name: '', group: '', labels: {} as Record<string, string> };
  for (const [i, title] of header.entries()) {
    const value = cells[i] ?? '';
    const column = columns[title.toLowerCase()];
    if (column) device[column] = value;
    else if (value !== '') device.labels[title] = value;
  }
  return device;
}

function unnamed([id = '', name = '', group = '', ...rest]: readonly string[]): Device {
  const given = rest.filter((it) => it !== '').map((it) => /^([^=]+)=(.*)$/.exec(it));
  const labels = Object.fromEntries(given.map((it) => [it?.[1]?.trim() ?? '', it?.[2]?.trim() ?? '']));
  return { id, name, group, labels, hasWrongLabel: given.includes(null) };
}

function faultOf(device: Device, header: readonly string[] | undefined, cells: readonly string[]): Fault | undefined {
  const { id, name, group, labels, hasWrongLabel } = device;
  if (header && cells.length > header.length) return { code: 'cells' };
  if (id === '' && name === '') return { code: 'empty' };
  if (id !== '' && !ID.safeParse(id).success) return { code: 'id' };
  if (name.length > MAX_TEXT) return { code: 'name' };
  if (group.length > MAX_TEXT) return { code: 'group' };
  const isGood = ([key, value]: [string, string]) =>
    key !== '' && key.length <= MAX_KEY && !NO_KEY.test(key) && value.length <= MAX_TEXT;
  return hasWrongLabel || !Object.entries(labels).every(isGood) ? { code: 'labels' } : undefined;
}

const twice = (id: string, first: number | undefined): Fault | undefined =>
  id === '' || first === undefined ? undefined : { code: 'twice', first };

interface Row {
  line: number;
  cells: string[];
}

/** RFC 4180; lines without content are left out. */
function rowsOf(text: string): Row[] {
  const separator = separatorOf(text);
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let cell = '';
  let isQuoted = false;
  let line = 1;
  const endRow = () => {
    row.cells.push(cell.trim());
    if (row.cells.some((it) => it !== '')) rows.push(row);
    cell = '';
    row = { line: line + 1, cells: [] };
  };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] as string;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[i++];
      else isQuoted = false;
      if (letter === '\n') line++;
    } else if (letter === '"' && cell.trim() === '') {
      isQuoted = true;
      cell = '';
    } else if (letter === separator) {
      row.cells.push(cell.trim());
      cell = '';
    } else if (letter === '\n') {
      endRow();
      line++;
    } else cell += letter;
  }
  endRow();
  return rows;
}

/** The one that is most frequent in the first line with any. */
function separatorOf(text: string): string {
  const line = text.split('\n').find((it) => /[\t;,]/.test(it)) ?? '';
  const count = (it: string) => line.split(it).length;
  return ['\t', ';', ','].reduce((a, b) => (count(b) > count(a) ? b : a));
}

/** Excel saves CSV in the Windows encoding, unless asked for UTF-8. */
export function decodeText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
