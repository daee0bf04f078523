import type { DeviceDocument, VersionedDocument } from '../protocol/document.ts';

/** Characters of JSON encoded without a break: some milliseconds of the event loop. */
export const PART_SIZE = 512 * 1024;
/** Part size without compression: four seconds at 256 kbit/s, so that pings are not delayed for too long. */
export const PLAIN_PART_SIZE = 128 * 1024;

export interface Part {
  /** A JSON array of documents. */
  json: string;
  /** An upper bound of the documents left: some may be deleted meanwhile. */
  more: number;
}

/**
 * The documents of one subscription, in parts: encoding ten thousand at once would block the event loop. A part
 * contains the documents as they are when it is encoded. Devices with problems come first, then by name, because people
 * see the first part first.
 */
export class Parts {
  /** In reverse order: the next id is the last element. */
  readonly #ids: string[];

  readonly #size: number;

  constructor(devices: Iterable<VersionedDocument>, size: number) {
    this.#size = size;
    this.#ids = Array.from(devices, ({ document }) => document)
      .sort(byHealth)
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
 * Encodes all documents as they are at the time of the call (documents are immutable). Large lists are encoded in
 * slices, between which the event loop runs.
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

function byHealth(a: DeviceDocument, b: DeviceDocument): number {
  return Number(isHealthy(a)) - Number(isHealthy(b)) || compare(a.name ?? a.id, b.name ?? b.id);
}

const isHealthy = ({ connection, onAir }: DeviceDocument) => connection.status === 'online' && onAir.status !== 'no';
const compare = (a: string, b: string) => (a < b ? -1 : 1);
