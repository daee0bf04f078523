import type { CommandName } from '../../src/protocol/commands.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { type Connection, PlayerLine, type TestPlayer } from './player-line.ts';
import type { SimulatedClock } from './simulated-clock.ts';

export interface FakePlayer extends TestPlayer {
  readonly askedAt: number[];
  playback: 'playing' | 'paused' | 'stopped';
  fullscreen: boolean;
  /** `hung`: receives a command, does nothing and does not answer. `refusing`: answers with an error. */
  mood: 'well' | 'hung' | 'refusing';
  /** Every call of the server to the connection throws. */
  broken: boolean;
  loses: TestPlayer['loses'];
  /** Sends its state without a request. */
  report(): void;
  /** Sends a partial state. */
  update(changes: JsonObject): void;
}

export interface PlayerOptions {
  id: string;
  machine?: string;
  clock: SimulatedClock;
  /** 1: pushes `{ playing, currentMedia }`. 2: sends `{ vlc }` on request. */
  generation?: 1 | 2;
  /** Delay of a message in ms; called for each. */
  latency?: () => number;
}

const GENERATION_1_INTERVAL_MS = 10_000;

/**
 * A player as seen by the fleet: it executes toggles, has one ordered connection at a time, and its network loses
 * messages.
 */
export function fakePlayer({ id, machine, clock, generation = 2, latency = () => 0 }: PlayerOptions): FakePlayer {
  let ticks = 0;
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
    line.say(over, (host) => host.report(said));
  };
  const obey = (over: Connection, commandId: string, command: CommandName) => {
    if (player.loses.commands) return;
    const { mood, received } = player;
    const answer = mood === 'well' ? 'success' : mood === 'refusing' ? 'error' : 'none';
    const at = clock.now();
    received.push({ commandId, command, at, effect: mood === 'well', effectAt: at, answer });
    if (mood === 'well') act(command);
    if (answer === 'none' || player.loses.responses) return;
    line.say(over, (host) => host.respond(commandId, { status: answer }));
  };
  const act = (command: CommandName) => {
    if (command === 'vlc:play') player.playback = 'playing';
    else if (command === 'vlc:stop') player.playback = 'stopped';
    else if (command === 'vlc:pause') player.playback = player.playback === 'playing' ? 'paused' : 'playing';
    else if (command === 'vlc:fullscreen') player.fullscreen = !player.fullscreen;
  };
  const speakUnasked = (over: Connection) =>
    clock.setTimeout(() => {
      if (!over.open || over.harness.remains) return;
      tell(over);
      speakUnasked(over);
    }, GENERATION_1_INTERVAL_MS);

  const line = new PlayerLine({
    id,
    machine,
    clock,
    latency,
    isBroken: () => player.broken,
    asked: (over) => {
      player.askedAt.push(clock.now());
      if (generation === 2) tell(over);
    },
    commanded: obey,
  });
  const player: FakePlayer = {
    id,
    received: [],
    askedAt: [],
    get isConnected() {
      return line.current !== undefined;
    },
    playback: 'stopped',
    fullscreen: false,
    loses: { commands: false, responses: false, states: false },
    mood: 'well',
    broken: false,
    connect(harness, from) {
      const over = line.connect(harness, from);
      if (generation === 1) speakUnasked(over);
    },
    lose: (noticedAfterMs) => line.lose(noticedAfterMs),
    report() {
      if (line.current) tell(line.current);
    },
    update(changes) {
      const over = line.current;
      if (over && !player.loses.states) line.say(over, (host) => host.update(changes, clock.now(), over.session));
    },
  };
  return player;
}
