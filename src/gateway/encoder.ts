import { Encoder, type Packet } from 'socket.io-parser';

/** A payload that is already JSON. */
export class EncodedJson {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/**
 * Socket.IO's encoder, except that `EncodedJson` as the last argument is written as it is: a batch is encoded once for
 * all channels and admins, not again by each broadcast.
 */
export class BatchEncoder extends Encoder {
  override encode(packet: Packet): (string | Buffer)[] {
    const args: unknown[] = Array.isArray(packet.data) ? packet.data : [];
    const last = args.at(-1);
    if (!(last instanceof EncodedJson)) return super.encode(packet) as (string | Buffer)[];
    const texts = [...args.slice(0, -1).map((it) => JSON.stringify(it)), last.json];
    return [`${packet.type}${packet.nsp},${packet.id ?? ''}[${texts.join(',')}]`];
  }
}
