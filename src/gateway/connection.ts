/** A transport of Engine.IO, as far as its limits go: of an upload on polling, and of a frame where it is Node's own WebSocket. */
export interface Transport {
  maxHttpBufferSize?: number;
  socket?: { _receiver?: { _maxPayload: number } | undefined } | undefined;
}

/** An Engine.IO connection, as far as it is used here. */
export interface Connection {
  readonly id: string;
  readonly remoteAddress: string;
  readonly transport: Transport;
  request: unknown;
  close(discard?: boolean): void;
  once(event: 'close', listener: (reason: string, description?: unknown) => void): void;
  on(event: 'upgrading', listener: (transport: Transport) => void): void;
}

const NOTHING = Object.freeze({});

/** Neither the token nor the first request of a socket is kept for as long as it stays. */
export function forgetHandshake({ handshake }: { handshake: object }): void {
  Object.assign(handshake, { auth: NOTHING, headers: NOTHING, query: NOTHING, url: '' });
}
