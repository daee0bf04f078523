import type { DeviceHost } from '../../src/fleet/device-host.ts';
import type { PlayerSession } from '../../src/fleet/player-session.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import type { Profile } from '../../src/protocol/player.ts';
import type { House } from './house.ts';
import type { SimulatedClock } from './simulated-clock.ts';

const described = (profile: Partial<Profile>): Profile => ({
  deviceName: undefined,
  deviceType: undefined,
  deviceGroup: undefined,
  appVersion: undefined,
  deviceNetwork: undefined,
  ...profile,
});

/** One arrival of a command at the machine. */
export interface Receipt {
  commandId: string;
  command: CommandName;
  at: number;
  /** Did the player do it, and when? */
  effect: boolean;
  effectAt: number;
  /** What the player answered, whether or not that arrived. */
  answer: 'success' | 'error' | 'none';
}

/** What gets lost on the way. */
export interface Losses {
  commands: boolean;
  responses: boolean;
  states: boolean;
}

/** Where a player comes from. */
export interface Origin {
  place?: string;
  profile?: Partial<Profile>;
}

/** What every simulated player can, whatever it plays with. */
export interface TestPlayer {
  readonly id: string;
  /** Everything that arrived, in its order. */
  readonly received: Receipt[];
  readonly isConnected: boolean;
  readonly loses: Losses;
  /** Opens a connection and registers on it, whether or not there is one already (then it is a takeover). */
  connect(house: House, from?: Origin): void;
  /** Everything under way is lost; the server notices after so long (never, if the process is gone by then). */
  lose(noticedAfterMs: number): void;
}

export interface Connection {
  session: PlayerSession;
  house: House;
  open: boolean;
}

export interface LineOptions {
  id: string;
  clock: SimulatedClock;
  /** Milliseconds for one message; called for each. */
  latency: () => number;
  /** Does whatever the server asks of the connection throw? */
  isBroken?: () => boolean;
  asked(over: Connection): void;
  commanded(over: Connection, commandId: string, command: CommandName): void;
}

/** A player's way to the server: one ordered connection at a time, over a network that loses. */
export class PlayerLine {
  readonly #options: LineOptions;
  #current: Connection | undefined;
  #sessions = 0;
  #arrival = 0;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  /** One way, in order: nothing overtakes what was sent before it. */
  travel(over: Connection, deliver: () => void): void {
    const { clock, latency } = this.#options;
    this.#arrival = Math.max(this.#arrival, clock.now() + latency());
    clock.setTimeout(() => {
      if (over.open && !over.house.remains) deliver();
    }, this.#arrival - clock.now());
  }

  /** Something for the server. */
  say(over: Connection, deliver: (host: DeviceHost) => void): void {
    this.travel(over, () => {
      const host = this.#host(over);
      if (host) deliver(host);
    });
  }

  connect(house: House, { place = '10.0.0.1', profile = {} }: Origin = {}): Connection {
    const { id, asked, commanded, isBroken = () => false } = this.#options;
    const reach = (deliver: () => void) => {
      if (!house.pulse()) return;
      if (isBroken()) throw new Error('broken');
      this.travel(over, deliver);
    };
    const session: PlayerSession = {
      id: `${id}-${++this.#sessions}`,
      address: place,
      macs: [],
      probe: (answered) => this.travel(over, () => this.travel(over, answered)),
      resume: () => this.#host(over)?.register(session, described(profile)),
      askState: () => reach(() => asked(over)),
      askSnapshot: () => {},
      fetchSnapshot: () => undefined,
      sendCommand: ({ commandId, command }, arrived) =>
        reach(() => {
          commanded(over, commandId, command as CommandName);
          this.travel(over, arrived);
        }),
      drop: () => {},
      end: (code) => {
        over.open = false;
        if (this.#current === over) this.#current = undefined;
        // As a socket does: its own end is heard at once, while the effect that ends it is still running.
        this.#host(over)?.disconnected(session, code);
      },
    };
    const over: Connection = { session, house, open: true };
    this.#current = over;
    this.travel(over, () => {
      house.fleet.enrol(id).register(session, described(profile));
    });
    return over;
  }

  lose(noticedAfterMs: number): void {
    const lost = this.#current;
    if (!lost) return;
    lost.open = false;
    this.#current = undefined;
    this.#options.clock.setTimeout(() => {
      if (!lost.house.remains) this.#host(lost)?.disconnected(lost.session, 'ping timeout');
    }, noticedAfterMs);
  }

  #host({ house }: Connection): DeviceHost | undefined {
    return house.fleet.find(this.#options.id);
  }
}
