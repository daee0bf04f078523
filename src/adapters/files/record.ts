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
