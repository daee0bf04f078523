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
  /** Whoever takes states by itself. */
  take: ((state: StateText) => void) | undefined;
  /** Messages that Socket.IO has, and passes on in the next tick: what comes now comes after them. */
  #underWay = 0;

  override add(chunk: unknown): void {
    // Attachments that are still to come belong to another packet: that is for Socket.IO to refuse.
    const isAmid = (this as unknown as { reconstructor?: unknown }).reconstructor;
    if (typeof chunk !== 'string' || isAmid) this.#pass(() => super.add(chunk));
    else if (chunk.startsWith(STATE)) this.#state(new StateText(chunk.slice(STATE.length - 1, -1)));
    else {
      const [head, id] = STATE_ACKED.exec(chunk) ?? [];
      if (head === undefined) this.#pass(() => super.add(chunk));
      else this.#emit(new StateText(chunk.slice(head.length, -1)), Number(id));
    }
  }

  #state(state: StateText): void {
    if (this.take && this.#underWay === 0) this.take(state);
    else this.#emit(state);
  }

  #emit(state: StateText, id?: number): void {
    const packet = { type: PacketType.EVENT, nsp: '/', data: ['player:state', state] };
    this.#pass(() => this.emitReserved('decoded', id === undefined ? packet : { ...packet, id }));
  }

  #pass(toSocketIo: () => void): void {
    this.#underWay++;
    // Socket.IO's own tick, which has been asked for before, comes first.
    const passed = () => void this.#underWay--;
    try {
      toSocketIo();
    } finally {
      process.nextTick(passed);
    }
  }
}

/**
 * From now on `take` gets the player's states without an acknowledgement, each in its place among all that the player
 * says, and Socket.IO does not: its way to a listener costs as much as the rest of most reports. Not to throw. Returns
 * what ends it.
 */
export function takeStates(socket: Socket, take: (state: StateText) => void): () => void {
  // Its types call it private.
  const { decoder } = socket.client as unknown as { decoder: StateDecoder };
  decoder.take = take;
  return () => {
    if (decoder.take === take) decoder.take = undefined;
  };
}
