/** The size limits of an Engine.IO transport: of a polling upload, and of a frame of Node's WebSocket. */
export interface Transport {
  maxHttpBufferSize?: number;
  socket?: { _receiver?: { _maxPayload: number } | undefined } | undefined;
}

/** The part of an Engine.IO connection used here. */
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

/** Drops the token and the first request of a socket, which would otherwise stay in memory. */
export function forgetHandshake({ handshake }: { handshake: object }): void {
  Object.assign(handshake, { auth: NOTHING, headers: NOTHING, query: NOTHING, url: '' });
}
