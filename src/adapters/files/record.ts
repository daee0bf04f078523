/** One line of a collection's file: the value a key has from now on; without one, the key is gone. */
export interface StoredRecord {
  /** Counts the lines of a collection, so that a line is known to be its key's newest without reading on. */
  n: number;
  k: string;
  v?: unknown;
}

/** @throws TypeError for what is no JSON */
export function encode(record: StoredRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** Undefined for what is no record. */
export function decode(line: Buffer): StoredRecord | undefined {
  try {
    const record = JSON.parse(line.toString()) as Partial<StoredRecord> | null;
    return typeof record?.n === 'number' && typeof record.k === 'string' ? (record as StoredRecord) : undefined;
  } catch {
    return undefined;
  }
}

const HEAD = /^\{"n":(\d+),"k":"([\x20\x21\x23-\x5b\x5d-\x7e]*)"/;
const HEAD_BYTES = 400;

/** Which line of which key this is, without reading its value where that can be helped. */
export function headOf(line: Buffer): Pick<StoredRecord, 'n' | 'k'> | undefined {
  const head = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES));
  return head ? { n: Number(head[1]), k: head[2] as string } : decode(line);
}
