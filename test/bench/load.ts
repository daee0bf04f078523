import { StateText } from './states.ts';
import { Wire } from './wire.ts';

/** The load, as a process of its own: `load.ts` gets its orders by IPC and answers with what it counted. */
export interface LoadOptions {
  url: string;
  devices: number;
  /** Reports a second, in total. */
  rate: number;
  admins: number;
  encoding: 'json' | 'deflate';
  adminToken: string;
  playerToken: string;
}

export type Order =
  | { do: 'start'; options: LoadOptions }
  | { do: 'count' }
  | { do: 'storm' }
  | { do: 'command'; times: number }
  | { do: 'stop' };

export interface Count {
  reports: number;
  /** Bytes and messages that all admins got. */
  adminBytes: number;
  adminMessages: number;
  online: number;
}

export interface Storm {
  /** From the loss of all connections until all devices are registered again, milliseconds. */
  millis: number;
  /** The longest that a request of an admin waited meanwhile. */
  worstWait: number;
  online: number;
}

const CONNECT_AT_ONCE = 100;
const PROBE_EVERY_MS = 20;

class Load {
  readonly #players: { wire: Wire; state: StateText }[] = [];
  readonly #admins: Wire[] = [];
  #reports = 0;
  #timer: NodeJS.Timeout | undefined;
  #options: LoadOptions | undefined;

  async start(options: LoadOptions): Promise<void> {
    this.#options = options;
    const { url, devices, rate, admins, encoding, adminToken, playerToken } = options;
    for (let i = 0; i < devices; i += CONNECT_AT_ONCE) {
      const batch = Array.from({ length: Math.min(CONNECT_AT_ONCE, devices - i) }, (_, k) =>
        this.#player(url, i + k, playerToken),
      );
      await Promise.all(batch);
    }
    for (let i = 0; i < admins; i++) await this.#admin(url, adminToken, encoding);
    let next = 0;
    let owed = 0;
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      owed += ((now - last) * rate) / 1000;
      last = now;
      const stamp = Date.now();
      for (; owed >= 1; owed--) {
        const player = this.#players[next++ % this.#players.length];
        if (!player) return;
        player.wire.emit('player:state', player.state.next(stamp));
        this.#reports++;
      }
    }, 5);
  }

  count(): Count {
    return {
      reports: this.#reports,
      adminBytes: this.#admins.reduce((sum, it) => sum + it.bytes, 0),
      adminMessages: this.#admins.reduce((sum, it) => sum + it.messages, 0),
      online: this.#players.length,
    };
  }

  /** All devices lose their connection at once, and all come back at once. */
  async storm(): Promise<Storm> {
    clearInterval(this.#timer);
    const { url, devices, playerToken } = this.#options as LoadOptions;
    for (const { wire } of this.#players.splice(0)) wire.close();
    const stop = this.#probe();
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: devices }, (_, device) => this.#retry(() => this.#player(url, device, playerToken))),
    );
    const millis = performance.now() - begin;
    return { millis, worstWait: stop(), online: this.#players.length };
  }

  /** Round trips admin → server → player → server → admin, one after the other; milliseconds. */
  async command(times: number): Promise<number[]> {
    const admin = this.#admins[0] as Wire;
    const { devices } = this.#options as LoadOptions;
    const millis: number[] = [];
    for (let i = 0; i < times; i++) {
      const begin = performance.now();
      const ended = new Promise<void>((resolve) => {
        admin.onEvent = (event) => {
          if (event === 'command:response') resolve();
        };
      });
      const deviceId = `bench-${(i * 7919) % devices}`;
      admin.emit('command:send', JSON.stringify({ deviceId, command: 'vlc:play', commandId: `bench:${i}` }), '1');
      await ended;
      millis.push(performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return millis;
  }

  /** Asks something small again and again; the returned function stops it and tells the longest wait. */
  #probe(): () => number {
    const admin = this.#admins[0] as Wire;
    let asked = 0;
    let worst = 0;
    const look = () => {
      if (asked > 0) worst = Math.max(worst, performance.now() - asked);
    };
    admin.onAck = () => {
      look();
      asked = 0;
    };
    const timer = setInterval(() => {
      if (asked > 0) return;
      asked = performance.now();
      admin.emit('fleet:unsubscribe', '{}', '2');
    }, PROBE_EVERY_MS);
    return () => {
      clearInterval(timer);
      look();
      return worst;
    };
  }

  async #retry(connect: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await connect();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { wire } of this.#players) wire.close();
    for (const wire of this.#admins) wire.close();
  }

  async #player(url: string, device: number, token: string): Promise<void> {
    const deviceId = `bench-${device}`;
    const wire = new Wire(url, { query: `&deviceId=${deviceId}`, auth: { token } });
    const state = new StateText(device);
    const registered = new Promise<void>((resolve) => {
      wire.onEvent = (event, text) => {
        if (event === 'player:registered') resolve();
        else if (event === 'player:request:state') wire.emit('player:state', state.next(Date.now()));
        else if (event === 'player:command') {
          const { commandId } = JSON.parse(text.slice(text.indexOf('[')))[1];
          wire.emit('player:command:response', JSON.stringify({ commandId, status: 'success' }));
        }
      };
    });
    await wire.connected;
    wire.emit('player:register', JSON.stringify({ deviceId, deviceGroup: `group-${device % 20}` }));
    await registered;
    wire.emit('player:state', state.next(Date.now()));
    this.#players.push({ wire, state });
  }

  async #admin(url: string, token: string, encoding: string): Promise<void> {
    const wire = new Wire(url, { namespace: '/admin', auth: { token } });
    await wire.connected;
    const subscribed = new Promise<void>((resolve) => {
      wire.onAck = () => resolve();
    });
    wire.emit('fleet:subscribe', JSON.stringify({ scope: { all: true }, encoding }), '0');
    await subscribed;
    this.#admins.push(wire);
  }
}

const load = new Load();
process.on('message', async (order: Order) => {
  if (order.do === 'start') {
    await load.start(order.options);
    process.send?.({ started: true });
  } else if (order.do === 'count') process.send?.(load.count());
  else if (order.do === 'storm') process.send?.(await load.storm());
  else if (order.do === 'command') process.send?.(await load.command(order.times));
  else {
    load.stop();
    process.exit(0);
  }
});
