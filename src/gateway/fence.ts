/** An Engine.IO connection, as far as it is used here; its types call `sendPacket` private. */
interface Connection {
  sendPacket(type: 'ping'): void;
  on(event: 'packetCreate', listener: (packet: { type: string }) => void): unknown;
  on(event: 'heartbeat', listener: () => void): unknown;
}

/**
 * Tells when everything has come that the client had sent before it got what was sent to it so far. Engine.IO's own ping
 * does that: every client answers it at once and in the order of its messages, whatever its application knows.
 */
export class Fence {
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

  /** Never called where the connection ends before. */
  after(passed: () => void): void {
    // What a client reads in one go it answers later than the ping in it: of that the first round tells, and the second
    // comes when it has been done.
    this.round(() => this.round(passed));
  }

  /** One answer to a ping that is sent now: the client is there. */
  round(passed: () => void): void {
    // The answer to a ping from before this round may still come, and counts as one: hence two.
    for (let i = 0; i < 2; i++) this.#connection.sendPacket('ping');
    // Socket.IO passes a message on two ticks after it came; those that came before the answer come before this.
    this.#waiting.push({ pongs: this.#pings, passed: () => process.nextTick(() => process.nextTick(passed)) });
  }
}
