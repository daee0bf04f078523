import type { Socket } from 'socket.io';
import { Decoder, PacketType } from 'socket.io-parser';
import type { Json } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

export type ReportEvent = 'player:state' | 'state:update';

/**
 * An unparsed state or partial state. Most states differ from the previous one only in volatile values, which can be
 * seen in the text for a tenth of the cost of parsing.
 */
export class StateText {
  readonly json: string;
  readonly event: ReportEvent;

  constructor(json: string, event: ReportEvent = 'player:state') {
    this.json = json;
    this.event = event;
  }

  /**
   * The arguments of the event.
   * @throws VigiaError `invalid_payload` if it is not valid JSON
   */
  parse(): Json[] {
    try {
      return [JSON.parse(this.json)];
    } catch {
      return this.#parseAll();
    }
  }

  /** Players may send more than one argument. */
  #parseAll(): Json[] {
    try {
      return JSON.parse(`[${this.json}]`);
    } catch {
      throw new VigiaError('invalid_payload', 'This is no JSON.');
    }
  }
}

/** A player's report as a Socket.IO packet, without and with an acknowledgement id. */
const STATE = '2["player:state",{';
const UPDATE = '2["state:update",{';
const ACKED = /^2(\d+)\["(player:state|state:update)",(?=\{)/;
const HEAD = /^([2356])(?:(\d{1,6})-)?(\d{0,15})\["([^"\\]{0,64})/;

/** The sender waits for an acknowledgement. */
const ASKS = /^[25](?:\d+-)?\d/;

/** Replaces the payload of a message that was dropped unread, because its device exceeds its budget (SPEC L4). */
export const DROPPED = Symbol('dropped');

/** The budget of a device, as used here. */
export interface Meter {
  /** Whether a message of this size may be read. */
  take(bytes: number): boolean;
  /** Further bytes of an accepted message. */
  add(bytes: number): void;
}

/** Socket.IO's decoder, except that players' reports stay text. One per connection. */
export class StateDecoder extends Decoder {
  /** Receives reports directly, without Socket.IO. */
  take: ((state: StateText) => void) | undefined;
  meter: Meter | undefined;
  /** Drops all messages except those that wait for an acknowledgement. */
  isDeaf = false;
  /** The number of attachments still to come of a dropped message. */
  #toDrop = 0;

  override add(chunk: unknown): void {
    if (this.isDeaf) this.#answerUnread(chunk);
    else if (typeof chunk !== 'string') this.#addBinary(chunk);
    else if (this.meter?.take(chunk.length) === false) this.#drop(chunk);
    else this.#addText(chunk);
  }

  #addText(chunk: string): void {
    // While a binary packet is incomplete, only its attachments may arrive: Socket.IO refuses anything else.
    const isAmid = (this as unknown as { reconstructor?: unknown }).reconstructor;
    if (isAmid) super.add(chunk);
    else if (chunk.startsWith(STATE)) this.#state(new StateText(chunk.slice(STATE.length - 1, -1)));
    else if (chunk.startsWith(UPDATE)) {
      this.#state(new StateText(chunk.slice(UPDATE.length - 1, -1), 'state:update'));
    } else {
      const [head, id, event] = ACKED.exec(chunk) ?? [];
      if (head === undefined) super.add(chunk);
      else this.#emit(event as ReportEvent, new StateText(chunk.slice(head.length, -1), event as ReportEvent), id);
    }
  }

  #addBinary(chunk: unknown): void {
    if (this.#toDrop > 0) {
      this.#toDrop--;
      return;
    }
    this.meter?.add((chunk as { byteLength?: number }).byteLength ?? 0);
    super.add(chunk);
  }

  #answerUnread(chunk: unknown): void {
    if (typeof chunk === 'string' && ASKS.test(chunk)) this.#drop(chunk);
  }

  /** Reads only the event's name and whether an acknowledgement is expected. */
  #drop(chunk: string): void {
    const [, type, attachments = 0, id, event] = HEAD.exec(chunk) ?? [];
    this.#toDrop = Number(attachments);
    if (event !== undefined && (type === '2' || type === '5')) this.#emit(event, DROPPED, id || undefined);
  }

  #state(state: StateText): void {
    // Socket.IO delivers a message in the next tick. Doing the same keeps the order.
    if (this.take) process.nextTick(this.take, state);
    else this.#emit(state.event, state);
  }

  #emit(event: string, payload: unknown, id?: string): void {
    const packet = { type: PacketType.EVENT, nsp: '/', data: [event, payload] };
    this.emitReserved('decoded', id === undefined ? packet : { ...packet, id: Number(id) });
  }
}

const decoderOf = (socket: Pick<Socket, 'client'>): StateDecoder =>
  // Private in Socket.IO's types.
  (socket.client as unknown as { decoder: StateDecoder }).decoder;

/** Counts all bytes of this connection. Undefined: stops counting. */
export function measureBy(socket: Pick<Socket, 'client'>, meter: Meter | undefined): void {
  decoderOf(socket).meter = meter;
}

/** Stops reading this connection. */
export function deafen(socket: Pick<Socket, 'client'>): void {
  decoderOf(socket).isDeaf = true;
}

/**
 * Passes the player's reports without an acknowledgement to `take`, in order with its other messages, and no longer to
 * Socket.IO: its event dispatch costs as much as all other processing of most reports. Returns a function that undoes
 * this.
 */
export function takeStates(socket: Pick<Socket, 'client'>, take: (state: StateText) => void): () => void {
  const decoder = decoderOf(socket);
  decoder.take = take;
  return () => {
    if (decoder.take === take) decoder.take = undefined;
  };
}
