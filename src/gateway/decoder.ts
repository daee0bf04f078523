import type { Socket } from 'socket.io';
import { Decoder, PacketType } from 'socket.io-parser';
import type { Json } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

export type ReportEvent = 'player:state' | 'state:update';

/**
 * A state, or sections of it, as it came. Most states are the last one again but for ticks, and that is seen in the text, for a tenth of
 * what it takes to parse it.
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

/** A report for the namespace of the players, without and with the number of an acknowledgement. */
const STATE = '2["player:state",{';
const UPDATE = '2["state:update",{';
const ACKED = /^2(\d+)\["(player:state|state:update)",(?=\{)/;
const HEAD = /^([2356])(?:(\d{1,6})-)?(\d{0,15})\["([^"\\]{0,64})/;

/** It waits for an answer. */
const ASKS = /^[25](?:\d+-)?\d/;

/** Stands for the payload of a message that was dropped unread: its device sends too much (SPEC L4). */
export const DROPPED = Symbol('dropped');

/** What a device may bring. */
export interface Meter {
  /** May a message of so many bytes be read? */
  take(bytes: number): boolean;
  /** More of a message that may. */
  add(bytes: number): void;
}

/** Socket.IO's own decoder, but for the reports of players: they stay text. One for each connection. */
export class StateDecoder extends Decoder {
  /** Whoever takes reports without Socket.IO. */
  take: ((state: StateText) => void) | undefined;
  meter: Meter | undefined;
  /** Nothing that comes is read, but for who waits for an answer. */
  isDeaf = false;
  /** So many attachments of a message that was dropped are still to come. */
  #toDrop = 0;

  override add(chunk: unknown): void {
    if (this.isDeaf) this.#answerUnread(chunk);
    else if (typeof chunk !== 'string') this.#addBinary(chunk);
    else if (this.meter?.take(chunk.length) === false) this.#drop(chunk);
    else this.#addText(chunk);
  }

  #addText(chunk: string): void {
    // Attachments that are still to come belong to another packet: that is for Socket.IO to refuse.
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

  /** Only its name is read, and whether it waits for an answer. */
  #drop(chunk: string): void {
    const [, type, attachments = 0, id, event] = HEAD.exec(chunk) ?? [];
    this.#toDrop = Number(attachments);
    if (event !== undefined && (type === '2' || type === '5')) this.#emit(event, DROPPED, id || undefined);
  }

  #state(state: StateText): void {
    // Socket.IO passes a message on in the next tick: so what came before this comes before it there, too.
    if (this.take) process.nextTick(this.take, state);
    else this.#emit(state.event, state);
  }

  #emit(event: string, payload: unknown, id?: string): void {
    const packet = { type: PacketType.EVENT, nsp: '/', data: [event, payload] };
    this.emitReserved('decoded', id === undefined ? packet : { ...packet, id: Number(id) });
  }
}

const decoderOf = (socket: Pick<Socket, 'client'>): StateDecoder =>
  // Its types call it private.
  (socket.client as unknown as { decoder: StateDecoder }).decoder;

/** All that comes on this connection is counted; undefined: not any more. */
export function measureBy(socket: Pick<Socket, 'client'>, meter: Meter | undefined): void {
  decoderOf(socket).meter = meter;
}

/** Nothing that comes on this connection is read any more. */
export function deafen(socket: Pick<Socket, 'client'>): void {
  decoderOf(socket).isDeaf = true;
}

/**
 * From now on `take` gets the player's reports without an acknowledgement, each in its place among all that the player
 * says, and Socket.IO does not: its way to a listener costs as much as the rest of most reports. Returns what ends it.
 */
export function takeStates(socket: Pick<Socket, 'client'>, take: (state: StateText) => void): () => void {
  const decoder = decoderOf(socket);
  decoder.take = take;
  return () => {
    if (decoder.take === take) decoder.take = undefined;
  };
}
