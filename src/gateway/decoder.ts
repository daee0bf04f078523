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

/** A state for the namespace of the players, with or without the number of an acknowledgement. */
const STATE = /^2(\d*)\["player:state",(?=\{)/;

/** Socket.IO's own decoder, but for the states of players: they stay text. */
export class StateDecoder extends Decoder {
  override add(chunk: unknown): void {
    const [head, id] = (typeof chunk === 'string' && STATE.exec(chunk)) || [];
    // Attachments that are still to come belong to another packet: that is for Socket.IO to refuse.
    if (head === undefined || (this as unknown as { reconstructor?: unknown }).reconstructor) {
      super.add(chunk);
      return;
    }
    const data = ['player:state', new StateText((chunk as string).slice(head.length, -1))];
    this.emitReserved('decoded', { type: PacketType.EVENT, nsp: '/', data, ...(id ? { id: Number(id) } : {}) });
  }
}
