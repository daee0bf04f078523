import type { Socket } from 'socket.io';
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
      return [JSON.parse(this.json)];
    } catch {
      return this.#parseAll();
    }
  }

  /** There may be more than one: players are not what they should be. */
  #parseAll(): Json[] {
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

/** Socket.IO's own decoder, but for the states of players: they stay text. One for each connection. */
export class StateDecoder extends Decoder {
  /** Whoever takes states without Socket.IO. */
  take: ((state: StateText) => void) | undefined;

  override add(chunk: unknown): void {
    // Attachments that are still to come belong to another packet: that is for Socket.IO to refuse.
    const isAmid = (this as unknown as { reconstructor?: unknown }).reconstructor;
    if (typeof chunk !== 'string' || isAmid) super.add(chunk);
    else if (chunk.startsWith(STATE)) this.#state(new StateText(chunk.slice(STATE.length - 1, -1)));
    else {
      const [head, id] = STATE_ACKED.exec(chunk) ?? [];
      if (head === undefined) super.add(chunk);
      else this.#emit(new StateText(chunk.slice(head.length, -1)), Number(id));
    }
  }

  #state(state: StateText): void {
    // Socket.IO passes a message on in the next tick: so what came before this comes before it there, too.
    if (this.take) process.nextTick(this.take, state);
    else this.#emit(state);
  }

  #emit(state: StateText, id?: number): void {
    const packet = { type: PacketType.EVENT, nsp: '/', data: ['player:state', state] };
    this.emitReserved('decoded', id === undefined ? packet : { ...packet, id });
  }
}

/**
 * From now on `take` gets the player's states without an acknowledgement, each in its place among all that the player
 * says, and Socket.IO does not: its way to a listener costs as much as the rest of most reports. Returns what ends it.
 */
export function takeStates(socket: Socket, take: (state: StateText) => void): () => void {
  // Its types call it private.
  const { decoder } = socket.client as unknown as { decoder: StateDecoder };
  decoder.take = take;
  return () => {
    if (decoder.take === take) decoder.take = undefined;
  };
}
