import { Decoder, PacketType } from 'socket.io-parser';
import type { Json } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

/**
 * A state as it came. Most states are the last one again but for ticks, and that is seen in the text, for a tenth of
 * what it takes to parse it.
 */
export class StateText {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }

  /**
   * The arguments of the event.
   * @throws VigiaError `invalid_payload` where it is no JSON
   */
  parse(): Json[] {
    try {
      return JSON.parse(`[${this.json}]`);
    } catch {
      throw new VigiaError('invalid_payload', 'This is no JSON.');
    }
  }
}

/** A state for the namespace of the players, without and with the number of an acknowledgement. */
const STATE = '2["player:state",{';
const STATE_ACKED = /^2(\d+)\["player:state",(?=\{)/;

/** Socket.IO's own decoder, but for the states of players: they stay text. */
export class StateDecoder extends Decoder {
  override add(chunk: unknown): void {
    // Attachments that are still to come belong to another packet: that is for Socket.IO to refuse.
    const isAmid = (this as unknown as { reconstructor?: unknown }).reconstructor;
    if (typeof chunk !== 'string' || isAmid) super.add(chunk);
    else if (chunk.startsWith(STATE)) this.#tell(chunk, STATE.length - 1);
    else {
      const [head, id] = STATE_ACKED.exec(chunk) ?? [];
      if (head === undefined) super.add(chunk);
      else this.#tell(chunk, head.length, Number(id));
    }
  }

  #tell(chunk: string, start: number, id?: number): void {
    const data = ['player:state', new StateText(chunk.slice(start, -1))];
    const packet = { type: PacketType.EVENT, nsp: '/', data };
    this.emitReserved('decoded', id === undefined ? packet : { ...packet, id });
  }
}
