import { networkOf, StateText } from './states.ts';
import { Wire } from './wire.ts';

/** The load, as a process of its own: `load.ts` gets its orders by IPC and answers with what it counted. */
export interface LoadOptions {
  url: string;
  devices: number;
  /** The number of the first one, where several loads share one fleet. */
  from?: number;
  /** Reports a second, in total. */
  rate: number;
  admins: number;
  encoding: 'json' | 'deflate';
  adminToken: string;
  playerToken: string;
  /** Devices connect one after the other over this time; absent: as fast as they can. */
  overMs?: number;
  /** Devices report when they are asked, and only then. */
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
  /** Bytes and messages that all admins got. */
  adminBytes: number;
  adminMessages: number;
}

export interface Lost {
  /** Devices that an admin does not see online with the state they sent; absent where admins are not told. */
  lost?: number;
}

const CONNECT_AT_ONCE = 100;
/** Where they come over a time: so often some come. */
const CONNECT_EVERY_MS = 30;
const MAX_OWED_MS = 20;
const MAX_BACKLOG_BYTES = 32_768;
/** A state that was sent is seen by admins within this. */
const SETTLE_MS = 20_000;

/** What an admin sees of a device, as far as it is looked at here. */
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
      // Who cannot keep up gives way to what comes in, rather than to fall behind for ever.
      owed = Math.min(owed + ((now - last) * rate) / 1000, (rate * MAX_OWED_MS) / 1000);
      last = now;
      const stamp = Date.now();
      for (; owed >= 1; owed--) {
        const player = this.#players[next++ % this.#players.length];
        // What a target cannot take is not offered: it would pile up here.
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
   * All devices lose their connection at once, and all come back at once, each with a state that is news. Returns how
   * long it takes until all are registered, milliseconds.
   */
  async storm(): Promise<number> {
    clearInterval(this.#timer);
    const { devices } = this.#options as LoadOptions;
    for (const { wire } of this.#players.splice(0)) wire.close();
    const begin = performance.now();
    await Promise.all(Array.from({ length: devices }, (_, device) => this.#retry(() => this.#player(device, 10))));
    return performance.now() - begin;
  }

  /** Of all devices, how many are not seen by an admin as they are. Looks until all are, or for a while. */
  async lost(): Promise<Lost> {
    const admin = this.#admins[0] as Wire;
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      const answer = new Promise<string>((resolve) => {
        admin.onAck = resolve;
      });
      // Whoever is asked for its state meanwhile goes on to another.
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
  else if (order.do === 'lost') process.send?.(await load.lost());
  else if (order.do === 'command') process.send?.(await load.command(order.times));
  else {
    load.stop();
    process.exit(0);
  }
});
process.once('disconnect', () => process.exit(1));
