import type { DeviceDocument, VersionedDocument } from '../protocol/document.ts';

/** Characters of JSON that are made in one go: some milliseconds of the event loop. */
export const PART_SIZE = 512 * 1024;
/** Where they are not deflated: four seconds of a line of 256 kbit/s, for a ping must get through. */
export const PLAIN_PART_SIZE = 128 * 1024;

export interface Part {
  /** The documents, as the text of an array. */
  json: string;
  /** How many are left; less may come, where some go meanwhile. */
  more: number;
}

/**
 * The documents of one subscription, part by part: ten thousand at once would hold everybody up. Each is told as it is
 * when its part is made. What needs eyes comes first, then by name: the first part is what people see first.
 */
export class Parts {
  /** The next one is the last. */
  readonly #ids: string[];

  readonly #size: number;

  constructor(devices: Iterable<VersionedDocument>, size: number) {
    this.#size = size;
    this.#ids = Array.from(devices, ({ document }) => document)
      .sort(byNeed)
      .map(({ id }) => id)
      .reverse();
  }

  get left(): number {
    return this.#ids.length;
  }

  take(find: (id: string) => VersionedDocument | undefined): Part {
    const texts: string[] = [];
    let size = 0;
    while (size < this.#size) {
      const id = this.#ids.pop();
      if (id === undefined) break;
      const device = find(id);
      if (!device) continue;
      const text = JSON.stringify(device);
      size += text.length;
      texts.push(text);
    }
    return { json: `[${texts.join(',')}]`, more: this.#ids.length };
  }
}

/**
 * All of them at once, as they are now: a document is never changed, only replaced. The text of many is made piece by
 * piece, between which others have their turn.
 */
export function jsonOf(devices: readonly VersionedDocument[]): string | Promise<string> {
  const texts: string[] = [];
  const isDone = () => {
    for (let made = 0; made < PART_SIZE && texts.length < devices.length; ) {
      const text = JSON.stringify(devices[texts.length]);
      made += text.length;
      texts.push(text);
    }
    return texts.length === devices.length;
  };
  const whole = () => `[${texts.join(',')}]`;
  if (isDone()) return whole();
  return (async () => {
    do await new Promise(setImmediate);
    while (!isDone());
    return whole();
  })();
}

function byNeed(a: DeviceDocument, b: DeviceDocument): number {
  return Number(isWell(a)) - Number(isWell(b)) || compare(a.name ?? a.id, b.name ?? b.id);
}

const isWell = ({ connection, onAir }: DeviceDocument) => connection.status === 'online' && onAir.status !== 'no';
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
