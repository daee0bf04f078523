/** The size limits of an Engine.IO transport: of a polling upload, and of a frame of Node's WebSocket. */
export interface Transport {
  maxHttpBufferSize?: number;
  socket?: { _receiver?: { _maxPayload: number } | undefined } | undefined;
}

/** Who signed in: a device or an admin. */
interface Visitor {
  readonly handshake: { readonly address: string };
  readonly data: { deviceId?: string | undefined; identity?: { name: string } };
}

/** The part of an Engine.IO connection used here. */
export interface Connection {
  /** Why the server closes it. */
  closedFor?: string;
  /** Undefined before sign-in. */
  visitor?: Visitor;
  readonly id: string;
  readonly remoteAddress: string;
  readonly transport: Transport;
  request: unknown;
  close(discard?: boolean): void;
  on(event: 'close', listener: (reason: string, description?: unknown) => void): void;
  on(event: 'upgrading', listener: (transport: Transport) => void): void;
}

/** Whose connection it is, for the log. */
export function visitorOf({ visitor, remoteAddress }: Connection): object {
  const { deviceId, identity } = visitor?.data ?? {};
  return {
    address: visitor?.handshake.address ?? remoteAddress,
    ...(deviceId !== undefined && { deviceId }),
    ...(identity && { token: identity.name }),
  };
}

const NOTHING = Object.freeze({});

/** Drops the token and the first request of a socket, which would otherwise stay in memory. */
export function forgetHandshake({ handshake }: { handshake: object }): void {
  Object.assign(handshake, { auth: NOTHING, headers: NOTHING, query: NOTHING, url: '' });
}
