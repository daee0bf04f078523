import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { TokenChange } from '../access/shared-tokens.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { Update } from '../protocol/document.ts';

/** A replication message: published to all instances a few times a second. */
export interface ReplicationMessage {
  from: string;
  /** Increases by one per message, so that receivers detect lost ones. A heartbeat repeats the last sequence. */
  sequence: number;
  isBeat?: true;
  /** In the order of each device's versions. */
  changes?: [epoch: number, update: Update][];
  commands?: LedgerEntry[];
  tokens?: TokenChange[];
  /** The instance has released all its devices. */
  left?: true;
}

/** Smaller messages are not compressed: it does not pay. */
const PLAIN_UP_TO = 512;
const PLAIN = 0;
const DEFLATED = 1;
/** Far above the size of any real batch. */
const MAX_BYTES = 256 * 1024 * 1024;

export function encode(message: ReplicationMessage): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  return json.length <= PLAIN_UP_TO
    ? Buffer.concat([Buffer.of(PLAIN), json])
    : Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(json, { level: 1 })]);
}

export function decode(bytes: Buffer): ReplicationMessage {
  const body = bytes.subarray(1);
  const json = bytes[0] === DEFLATED ? inflateRawSync(body, { maxOutputLength: MAX_BYTES }) : body;
  return JSON.parse(json.toString());
}
