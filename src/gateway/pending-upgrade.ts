import type { HttpResponse, us_socket_context_t, WebSocket } from 'uWebSockets.js';

/** What Engine.IO attaches to a WebSocket. */
interface EngineData {
  transport: { onClose(code: number): void };
}

/** What a WebSocket has attached. */
export interface UserData extends Partial<EngineData> {
  /** Until Engine.IO takes the WebSocket. */
  pending?: PendingUpgrade | undefined;
}

interface Events {
  /** Engine.IO takes the WebSocket. */
  taken(transport: object, ws: WebSocket<UserData>): void;
  /** The client disconnected, or was refused, before that. */
  gone(): void;
}

/**
 * A request that µWS upgrades to a WebSocket at once, and that Engine.IO takes when its turn in the work queue comes.
 *
 * Engine.IO would upgrade it as late as that. But outside the request's own callback, µWS (`HttpResponse::cork`)
 * recognises an upgraded socket only by its new address. If the heap can extend it in place, µWS goes on to read it as
 * a request, finds "close" in an arbitrary byte, and closes about one in some thousand connections.
 */
export class PendingUpgrade {
  readonly #events: Events;
  #res: HttpResponse | undefined;
  #ws: WebSocket<UserData> | undefined;
  #state: 'request' | 'waiting' | 'taken' | 'gone' = 'request';
  #data: EngineData | undefined;
  readonly #aborted: (() => void)[] = [];

  constructor(res: HttpResponse, events: Events) {
    this.#res = res;
    this.#events = events;
    res.onAborted(() => this.closed());
  }

  /** The request's response, as Engine.IO needs it. After the upgrade, it takes or closes the WebSocket. */
  get response(): HttpResponse {
    const request = this.#res as HttpResponse;
    const response: Partial<HttpResponse> = {
      getRemoteAddressAsText: () => request.getRemoteAddressAsText(),
      onAborted: (aborted) => {
        this.#aborted.push(aborted);
        return response as HttpResponse;
      },
      cork: (write) => {
        write();
        return response as HttpResponse;
      },
      writeStatus: (status) => {
        this.#res?.writeStatus(status);
        return response as HttpResponse;
      },
      writeHeader: (name, value) => {
        this.#res?.writeHeader(name, value);
        return response as HttpResponse;
      },
      end: (body) => {
        if (this.#res) this.#answered().end(body);
        else this.#refuse();
        return response as HttpResponse;
      },
      close: () => {
        if (this.#res) this.#answered().close();
        else this.#refuse();
        return response as HttpResponse;
      },
      upgrade: (data) => this.#take(data as unknown as EngineData),
    };
    return response as HttpResponse;
  }

  /** Upgrades the request, unless it is answered. Call in the request's own callback. */
  upgrade(key: string, protocol: string, extensions: string, context: us_socket_context_t): void {
    const res = this.#res;
    if (!res) return;
    this.#res = undefined;
    res.upgrade<UserData>({ pending: this }, key, protocol, extensions, context);
  }

  opened(ws: WebSocket<UserData>): void {
    this.#ws = ws;
    this.#state = 'waiting';
    if (this.#data) this.#take(this.#data);
  }

  /** The client disconnected. */
  closed(): void {
    if (this.#state === 'gone') return;
    const wasTaken = this.#state === 'taken';
    this.#state = 'gone';
    this.#res = undefined;
    this.#ws = undefined;
    if (wasTaken) return;
    this.#events.gone();
    for (const aborted of this.#aborted) aborted();
  }

  #answered(): HttpResponse {
    const res = this.#res as HttpResponse;
    this.#res = undefined;
    this.#state = 'gone';
    this.#events.gone();
    return res;
  }

  #refuse(): void {
    this.#ws?.close();
  }

  #take(data: EngineData): void {
    this.#data = data;
    if (this.#state === 'gone') data.transport.onClose(1006);
    const ws = this.#ws;
    if (!ws) return;
    this.#state = 'taken';
    // The request and all that hangs on it would otherwise stay in memory as long as the connection.
    Object.assign(ws.getUserData(), data, { pending: undefined });
    ws.cork(() => this.#events.taken(data.transport, ws));
  }
}
