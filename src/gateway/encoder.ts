import { Encoder, type Packet } from 'socket.io-parser';

/** A payload that is JSON already. */
export class EncodedJson {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/**
 * Socket.IO's own encoder, but for what is JSON already, as the last argument of an event or an acknowledgement: a batch is
 * written once, for all channels and admins, and not again by the broadcast.
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
