import type { PlayerSession } from '../../src/fleet/player-session.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import type { Profile } from '../../src/protocol/player.ts';
import type { House } from './house.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** One arrival of a command at the machine. */
export interface Receipt {
  commandId: string;
  command: CommandName;
  at: number;
  /** Did the player do it? */
  effect: boolean;
  /** What the player answered, whether or not that arrived. */
  answer: 'success' | 'error' | 'none';
}

export interface FakePlayer {
  readonly id: string;
  /** Everything that arrived, in its order. */
  readonly received: Receipt[];
  readonly askedAt: number[];
  readonly isConnected: boolean;
  playback: 'playing' | 'paused' | 'stopped';
  fullscreen: boolean;
  /** What gets lost on the way. */
  loses: { commands: boolean; responses: boolean; states: boolean };
  /** `hung`: takes a command, does nothing, says nothing. `refusing`: does nothing and answers an error. */
  mood: 'well' | 'hung' | 'refusing';
  /** Whatever the server asks of the connection throws. */
  broken: boolean;
  /** Opens a connection and registers on it, whether or not there is one already (then it is a takeover). */
  connect(house: House, from?: { place?: string; profile?: Partial<Profile> }): void;
  /** Everything under way is lost; the server notices after so long (never, if the process is gone by then). */
  lose(noticedAfterMs: number): void;
  /** Sends its state unasked. */
  report(): void;
  /** Sends a partial state. */
  update(changes: JsonObject): void;
}

export interface PlayerOptions {
  id: string;
  clock: SimulatedClock;
  /** 1: tells `{ playing, currentMedia }` of its own accord. 2: tells `{ vlc }` when it is asked. */
  generation?: 1 | 2;
  /** Milliseconds for one message; called for each. */
  latency?: () => number;
}

interface Connection {
  session: PlayerSession;
  house: House;
  open: boolean;
}

const GENERATION_1_INTERVAL_MS = 10_000;

const described = (profile: Partial<Profile>): Profile => ({
  deviceName: undefined,
  deviceType: undefined,
  deviceGroup: undefined,
  appVersion: undefined,
  deviceNetwork: undefined,
  ...profile,
});

/** A player as the fleet meets it: toggles that toggle, one ordered connection at a time, and a network that loses. */
export function fakePlayer({ id, clock, generation = 2, latency = () => 0 }: PlayerOptions): FakePlayer {
  let connection: Connection | undefined;
  let sessions = 0;
  let ticks = 0;
  let arrival = 0;

  /** One way, in order: nothing overtakes what was sent before it. */
  const travel = (over: Connection, deliver: () => void) => {
    arrival = Math.max(arrival, clock.now() + latency());
    clock.setTimeout(() => {
      if (over.open && !over.house.remains) deliver();
    }, arrival - clock.now());
  };
  const host = (over: Connection) => over.house.fleet.find(id);

  const state = (): JsonObject => {
    const timestamp = clock.now();
    const time = ++ticks;
    if (generation === 1) {
      return { playing: player.playback === 'playing', currentMedia: 'a.mp4', volume: 50, timestamp, deviceId: id };
    }
    const { playback, fullscreen } = player;
    return { timestamp, system: { uptime: time }, vlc: { state: playback, fullscreen, time, item: 'a.mp4' } };
  };
  const tell = (over: Connection) => {
    if (player.loses.states) return;
    const said = state();
    travel(over, () => host(over)?.report(said));
  };
  const obey = (over: Connection, commandId: string, command: CommandName) => {
    if (player.loses.commands) return;
    const { mood, received } = player;
    const answer = mood === 'well' ? 'success' : mood === 'refusing' ? 'error' : 'none';
    received.push({ commandId, command, at: clock.now(), effect: mood === 'well', answer });
    if (mood === 'well') act(command);
    if (answer === 'none' || player.loses.responses) return;
    travel(over, () => host(over)?.respond(commandId, { status: answer }));
  };
  const act = (command: CommandName) => {
    if (command === 'vlc:play') player.playback = 'playing';
    else if (command === 'vlc:stop') player.playback = 'stopped';
    else if (command === 'vlc:pause') player.playback = player.playback === 'playing' ? 'paused' : 'playing';
    else if (command === 'vlc:fullscreen') player.fullscreen = !player.fullscreen;
  };
  const speakUnasked = (over: Connection) =>
    clock.setTimeout(() => {
      if (!over.open || over.house.remains) return;
      tell(over);
      speakUnasked(over);
    }, GENERATION_1_INTERVAL_MS);

  const player: FakePlayer = {
    id,
    received: [],
    askedAt: [],
    get isConnected() {
      return connection !== undefined;
    },
    playback: 'stopped',
    fullscreen: false,
    loses: { commands: false, responses: false, states: false },
    mood: 'well',
    broken: false,
    connect(house, { place = '10.0.0.1', profile = {} } = {}) {
      const session: PlayerSession = {
        id: `${id}-${++sessions}`,
        address: place,
        macs: [],
        probe: (answered) => travel(over, () => travel(over, answered)),
        resume: () => {
          host(over)?.register(session, described(profile));
        },
        askState() {
          if (!house.pulse()) return;
          if (player.broken) throw new Error('broken');
          travel(over, () => {
            player.askedAt.push(clock.now());
            if (generation === 2) tell(over);
          });
        },
        askSnapshot: () => {},
        fetchSnapshot: () => undefined,
        sendCommand({ commandId, command }, arrived) {
          if (!house.pulse()) return;
          if (player.broken) throw new Error('broken');
          travel(over, () => {
            obey(over, commandId, command);
            travel(over, arrived);
          });
        },
        drop: () => {},
        end(code) {
          over.open = false;
          if (connection === over) connection = undefined;
          // As a socket does: its own end is heard at once, while the effect that ends it is still running.
          host(over)?.disconnected(session, code);
        },
      };
      const over: Connection = { session, house, open: true };
      connection = over;
      travel(over, () => {
        house.fleet.enrol(id).register(session, described(profile));
      });
      if (generation === 1) speakUnasked(over);
    },
    lose(noticedAfterMs) {
      const lost = connection;
      if (!lost) return;
      lost.open = false;
      connection = undefined;
      clock.setTimeout(() => {
        if (!lost.house.remains) host(lost)?.disconnected(lost.session, 'ping timeout');
      }, noticedAfterMs);
    },
    report() {
      if (connection) tell(connection);
    },
    update(changes) {
      const over = connection;
      if (over && !player.loses.states) travel(over, () => host(over)?.update(changes, clock.now(), over.session));
    },
  };
  return player;
}
