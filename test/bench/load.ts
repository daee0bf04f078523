import { networkOf, StateText } from './states.ts';
import { Wire } from './wire.ts';

/** The load generator, a process of its own: it receives commands by IPC and returns its counts. */
export interface LoadOptions {
  url: string;
  devices: number;
  /** The number of the first device, if several load generators share one fleet. */
  from?: number;
  /** Reports per second, in total. */
  rate: number;
  admins: number;
  encoding: 'json' | 'deflate';
  adminToken: string;
  playerToken: string;
  /** Devices connect one after the other over this time; absent: as fast as possible. */
  overMs?: number;
  /** Devices report only on request. */
  onlyAsked?: boolean;
}

export type Order =
  | { do: 'start'; options: LoadOptions }
  | { do: 'count' }
  | { do: 'storm' }
  | { do: 'lost' }
  | { do: 'command'; times: number }
  | { do: 'stop' };

export interface Count {
  /** Bytes and messages received by all admins. */
  adminBytes: number;
  adminMessages: number;
}

export interface Lost {
  /** Devices that an admin does not see online with their last state; absent if the target does not inform admins. */
  lost?: number;
}

const CONNECT_AT_ONCE = 100;
/** Interval between connections when they are spread over time. */
const CONNECT_EVERY_MS = 30;
const MAX_OWED_MS = 20;
const MAX_BACKLOG_BYTES = 32_768;
/** Time for a state to reach the admins. */
const SETTLE_MS = 20_000;

/** The part of a document that is checked here. */
interface Seen {
  document: { id: string; connection: { status: string }; state: { vlc?: { currentItem: string } } };
}

class Load {
  readonly #players: { id: string; wire: Wire; state: StateText }[] = [];
  readonly #admins: Wire[] = [];
  #timer: NodeJS.Timeout | undefined;
  #options: LoadOptions | undefined;

  async start(options: LoadOptions): Promise<void> {
    this.#options = options;
    const { url, devices, from = 0, rate, admins, encoding, adminToken, overMs } = options;
    const begin = performance.now();
    const atOnce = overMs ? Math.ceil((devices * CONNECT_EVERY_MS) / overMs) : CONNECT_AT_ONCE;
    for (let i = 0; i < devices; i += atOnce) {
      const early = overMs ? begin + (i / devices) * overMs - performance.now() : 0;
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      await Promise.all(Array.from({ length: Math.min(atOnce, devices - i) }, (_, k) => this.#player(from + i + k)));
    }
    for (let i = 0; i < admins; i++) await this.#admin(url, adminToken, encoding);
    if (rate === 0) return;
    let next = 0;
    let owed = 0;
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // A load generator that cannot keep up skips reports instead of falling behind without limit.
      owed = Math.min(owed + ((now - last) * rate) / 1000, (rate * MAX_OWED_MS) / 1000);
      last = now;
      const stamp = Date.now();
      for (; owed >= 1; owed--) {
        const player = this.#players[next++ % this.#players.length];
        // Skips players whose buffer is full because the target does not read: the data would pile up here.
        if (!player || player.wire.backlog > MAX_BACKLOG_BYTES) continue;
        player.wire.emit('player:state', player.state.next(stamp));
      }
    }, 5);
  }

  count(): Count {
    return {
      adminBytes: this.#admins.reduce((sum, it) => sum + it.bytes, 0),
      adminMessages: this.#admins.reduce((sum, it) => sum + it.messages, 0),
    };
  }

  /**
   * Closes all connections at once and reconnects all devices at once, each with a changed state. Returns the time
   * until all are registered, in ms.
   */
  async storm(): Promise<number> {
    clearInterval(this.#timer);
    const { devices } = this.#options as LoadOptions;
    for (const { wire } of this.#players.splice(0)) wire.close();
    const begin = performance.now();
    await Promise.all(Array.from({ length: devices }, (_, device) => this.#retry(() => this.#player(device, 10))));
    return performance.now() - begin;
  }

  /** Number of devices that an admin does not see in their current state. Waits for a limited time. */
  async lost(): Promise<Lost> {
    const admin = this.#admins[0] as Wire;
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      const answer = new Promise<string>((resolve) => {
        admin.onAck = resolve;
      });
      // A device that receives a state request meanwhile moves on to its next item.
      const asked = this.#players.map(({ state }) => state.item);
      admin.emit('fleet:subscribe', JSON.stringify({ scope: { all: true } }), '3');
      const text = await answer;
      const { devices } = JSON.parse(text.slice(text.indexOf('[')))[0] as { devices?: Seen[] };
      if (!devices) return {};
      const seen = new Map(devices.map(({ document }) => [document.id, document]));
      const lost = this.#players.filter(({ id, state }, i) => {
        const document = seen.get(id);
        const item = document?.state.vlc?.currentItem;
        return document?.connection.status !== 'online' || (item !== asked[i] && item !== state.item);
      }).length;
      if (lost === 0 || performance.now() > until) return { lost };
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Sequential round trips admin → server → player → server → admin, in ms. */
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

  async #player(device: number, reports = 0): Promise<void> {
    const { url, playerToken, onlyAsked } = this.#options as LoadOptions;
    const deviceId = `bench-${device}`;
    const wire = new Wire(url, { auth: { deviceId, authToken: playerToken } });
    const state = new StateText(device, reports);
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
    const deviceGroup = `group-${device % 20}`;
    wire.emit('player:register', JSON.stringify({ deviceId, deviceGroup, deviceNetwork: networkOf(device) }));
    await registered;
    if (!onlyAsked) wire.emit('player:state', state.next(Date.now()));
    this.#players.push({ id: deviceId, wire, state });
  }

  /** Takes the documents in parts, like the client library. */
  async #admin(url: string, token: string, encoding: string): Promise<void> {
    const wire = new Wire(url, { namespace: '/admin', auth: { token } });
    await wire.connected;
    const subscribed = new Promise<void>((resolve) => {
      wire.onAck = (text) => {
        if (/"more":[1-9]/.test(text)) wire.emit('fleet:more', '{}', '0');
        else resolve();
      };
    });
    wire.emit('fleet:subscribe', JSON.stringify({ scope: { all: true }, encoding, parts: true }), '0');
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
  else if (order.do === 'lost') process.send?.(await load.lost());
  else if (order.do === 'command') process.send?.(await load.command(order.times));
  else {
    load.stop();
    process.exit(0);
  }
});
process.once('disconnect', () => process.exit(1));
