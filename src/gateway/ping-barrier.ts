/** An Engine.IO connection, as far as it is used here; its types call `sendPacket` private. */
interface Connection {
  sendPacket(type: 'ping'): void;
  on(event: 'packetCreate', listener: (packet: { type: string }) => void): unknown;
  on(event: 'heartbeat', listener: () => void): unknown;
}

/**
 * Calls back once everything has arrived that the client had sent before it got what was sent to it so far. Engine.IO's own
 * ping shows that: every client answers it at once and in the order of its messages, whatever its application does.
 */
export class PingBarrier {
  readonly #connection: Connection;
  #pings = 0;
  #pongs = 0;
  #waiting: { pongs: number; passed(): void }[] = [];

  constructor(conn: unknown) {
    const connection = conn as Connection;
    this.#connection = connection;
    connection.on('packetCreate', ({ type }) => {
      if (type === 'ping') this.#pings++;
    });
    connection.on('heartbeat', () => {
      this.#pongs++;
      while (this.#waiting[0] && this.#pongs >= this.#waiting[0].pongs) this.#waiting.shift()?.passed();
    });
  }

  /** Not called if the connection ends before. */
  after(passed: () => void): void {
    // A client that reads a message and a ping in one go answers the ping first. The second round comes after the answer
    // to the message.
    this.round(() => this.round(passed));
  }

  /** Called with the answer to a ping that is sent now: the client is alive. */
  round(passed: () => void): void {
    // The answer to an earlier ping may still arrive, and counts as one of these: hence two.
    for (let i = 0; i < 2; i++) this.#connection.sendPacket('ping');
    // Socket.IO hands a message on two ticks after it arrived: messages that arrived before the answer come first.
    this.#waiting.push({ pongs: this.#pings, passed: () => process.nextTick(() => process.nextTick(passed)) });
  }
}
