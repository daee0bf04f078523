import { Encoder, type Packet } from 'socket.io-parser';

/** A payload that is JSON already. */
export class EncodedJson {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/**
 * Socket.IO's own encoder, but for events whose one argument is encoded already: a batch is written as JSON once, for
 * all channels and admins, and not again by the broadcast.
 */
export class BatchEncoder extends Encoder {
  override encode(packet: Packet): (string | Buffer)[] {
    const [event, payload] = Array.isArray(packet.data) ? packet.data : [];
    if (!(payload instanceof EncodedJson)) return super.encode(packet) as (string | Buffer)[];
    return [`${packet.type}${packet.nsp},[${JSON.stringify(event)},${payload.json}]`];
  }
}
