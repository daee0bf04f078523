import type { DeviceHost } from '../../src/fleet/device-host.ts';
import type { PlayerSession } from '../../src/fleet/player-session.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import type { Profile } from '../../src/protocol/player.ts';
import type { Harness } from './harness.ts';
import type { SimulatedClock } from './simulated-clock.ts';

const described = (profile: Partial<Profile>): Profile => ({
  deviceName: undefined,
  deviceType: undefined,
  deviceGroup: undefined,
  appVersion: undefined,
  deviceNetwork: undefined,
  ...profile,
});

/** One arrival of a command at the player. */
export interface Receipt {
  commandId: string;
  command: CommandName;
  at: number;
  /** Whether and when the player executed it. */
  effect: boolean;
  effectAt: number;
  /** The player's answer, whether or not it arrived. */
  answer: 'success' | 'error' | 'none';
}

/** Which messages get lost. */
export interface Losses {
  commands: boolean;
  responses: boolean;
  states: boolean;
}

/** Where a player connects from. */
export interface Origin {
  place?: string;
  profile?: Partial<Profile>;
  macs?: readonly string[];
}

/** The common interface of all simulated players. */
export interface TestPlayer {
  readonly id: string;
  /** All received commands, in order. */
  readonly received: Receipt[];
  readonly isConnected: boolean;
  readonly loses: Losses;
  /** Opens a connection and registers. If there already is a connection, this is a takeover. */
  connect(harness: Harness, from?: Origin): void;
  /** Loses everything in transit. The server notices after this time, unless its process has ended by then. */
  lose(noticedAfterMs: number): void;
}

export interface Connection {
  session: PlayerSession;
  harness: Harness;
  open: boolean;
}

export interface LineOptions {
  id: string;
  /** Names its sessions, where several machines have the same id. */
  machine?: string | undefined;
  clock: SimulatedClock;
  /** Delay of a message in ms; called for each. */
  latency: () => number;
  /** Whether every call of the server to the connection throws. */
  isBroken?: () => boolean;
  asked(over: Connection): void;
  commanded(over: Connection, commandId: string, command: CommandName): void;
}

/** A player's connection to the server: one ordered connection at a time, over a lossy network. */
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

  /** Delivers in order: no message overtakes an earlier one. */
  travel(over: Connection, deliver: () => void): void {
    const { clock, latency } = this.#options;
    this.#arrival = Math.max(this.#arrival, clock.now() + latency());
    clock.setTimeout(() => {
      if (over.open && !over.harness.remains) deliver();
    }, this.#arrival - clock.now());
  }

  /** Sends a message to the server. */
  say(over: Connection, deliver: (host: DeviceHost) => void): void {
    this.travel(over, () => {
      const host = this.#host(over);
      if (host) deliver(host);
    });
  }

  connect(harness: Harness, { place = '10.0.0.1', profile = {}, macs = [] }: Origin = {}): Connection {
    const { id, machine = id, asked, commanded, isBroken = () => false } = this.#options;
    const reach = (deliver: () => void) => {
      if (!harness.pulse()) return;
      if (isBroken()) throw new Error('broken');
      this.travel(over, deliver);
    };
    const registerAt = (host: DeviceHost) => {
      host.register(session, described(profile));
      // The connection was lost while another instance handed the device over.
      if (!over.open) harness.devices.left(id, session, 'connection_lost');
    };
    const register = (registerAt: (host: DeviceHost) => void) => {
      const host = harness.devices.enrol(id);
      if (host instanceof Promise) void host.then(registerAt);
      else registerAt(host);
    };
    const registerAgainAt = (host: DeviceHost) =>
      host.registerAgain(session, described(profile), over.open ? undefined : 'connection_lost');
    const session: PlayerSession = {
      id: `${machine}-${++this.#sessions}`,
      address: place,
      macs,
      probe: (answered) => this.travel(over, () => this.travel(over, answered)),
      resume: () => register(registerAgainAt),
      askState: () => reach(() => asked(over)),
      askSnapshot: () => {},
      fetchSnapshot: () => undefined,
      sendCommand: ({ commandId, command }, arrived) =>
        reach(() => {
          commanded(over, commandId, command as CommandName);
          this.travel(over, arrived);
        }),
      drop: (reason) => close(reason),
      end: (code) => close(code),
    };
    const close = (reason: string) => {
      over.open = false;
      if (this.#current === over) this.#current = undefined;
      // Like a socket, reports its end synchronously, while the effect that ends it is still running.
      harness.devices.left(id, session, reason);
    };
    const over: Connection = { session, harness, open: true };
    this.#current = over;
    this.travel(over, () => register(registerAt));
    return over;
  }

  lose(noticedAfterMs: number): void {
    const lost = this.#current;
    if (!lost) return;
    lost.open = false;
    this.#current = undefined;
    this.#options.clock.setTimeout(() => {
      if (!lost.harness.remains) lost.harness.devices.left(this.#options.id, lost.session, 'ping timeout');
    }, noticedAfterMs);
  }

  #host({ harness }: Connection): DeviceHost | undefined {
    return harness.fleet.find(this.#options.id);
  }
}
