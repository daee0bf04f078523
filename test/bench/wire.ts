import { WebSocket } from 'ws';

/**
 * A minimal Socket.IO client, made of a WebSocket and string comparisons, whose own cost does not distort measurements.
 */
export class Wire {
  readonly #socket: WebSocket;
  readonly #namespace: string;
  bytes = 0;
  messages = 0;
  onEvent: (event: string, text: string) => void = () => {};
  onAck: (text: string) => void = () => {};
  onBinary: (data: Buffer) => void = () => {};
  readonly connected: Promise<void>;
  readonly closed: Promise<void>;

  constructor(
    url: string,
    { namespace = '/', query = '', auth }: { namespace?: string; query?: string; auth: object },
  ) {
    this.#namespace = namespace === '/' ? '' : `${namespace},`;
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket${query}`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.connected = new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.once('close', () => reject(new Error('closed before it was connected')));
      this.#socket.on('message', (data: Buffer, binary: boolean) => {
        this.bytes += data.length;
        this.messages++;
        if (binary) return this.onBinary(data);
        // '2' ping, '0' open, '40' connected, '44' refused, '42' event, '43' and '46' acknowledgement
        const first = data[0];
        if (first === 50) return this.#socket.send('3');
        if (first === 48) return this.#socket.send(`40${this.#namespace}${JSON.stringify(auth)}`);
        const second = data[1];
        if (second === 48) return resolve();
        if (second === 52) return reject(new Error(data.toString()));
        if (second === 51 || second === 54) return this.onAck(data.toString());
        const text = data.toString();
        const from = text.indexOf('["') + 2;
        this.onEvent(text.slice(from, text.indexOf('"', from)), text);
      });
    });
    this.connected.catch(() => {});
    this.closed.catch(() => {});
  }

  /** Bytes buffered here because the other side does not read. */
  get backlog(): number {
    return this.#socket.bufferedAmount;
  }

  emit(event: string, json: string, ack = ''): void {
    this.#socket.send(`42${this.#namespace}${ack}["${event}",${json}]`);
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.terminate();
  }
}
