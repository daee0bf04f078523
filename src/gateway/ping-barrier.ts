/** The part of an Engine.IO connection used here. Its types declare `sendPacket` private. */
interface Connection {
  sendPacket(type: 'ping'): void;
  on(event: 'packetCreate', listener: (packet: { type: string }) => void): unknown;
  on(event: 'heartbeat', listener: () => void): unknown;
}

/**
 * Calls back once everything has arrived that the client sent before it received the messages sent so far. It uses
 * Engine.IO's pings: every client answers them at once and in order with its messages, whatever its application does.
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

  /** Not called if the connection ends first. */
  after(passed: () => void): void {
    // A client that reads a message and a ping in one go answers the ping first. The second round comes after the answer
    // to the message.
    this.round(() => this.round(passed));
  }

  /** Calls back with the answer to a ping sent now, which proves that the client is alive. */
  round(passed: () => void): void {
    // The answer to an earlier ping may still arrive and is counted, so two pings are sent.
    for (let i = 0; i < 2; i++) this.#connection.sendPacket('ping');
    // Socket.IO delivers a message two ticks after it arrived. Messages that arrived before the answer must come first.
    this.#waiting.push({ pongs: this.#pings, passed: () => process.nextTick(() => process.nextTick(passed)) });
  }
}
