import type { CommandName } from '../../src/protocol/commands.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { newest, placeholder } from './field-states.ts';
import { type Connection, PlayerLine, type Receipt, type TestPlayer } from './player-line.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/**
 * `first`: answers state requests with a placeholder, and pushes measurements of its monitor. `second`: answers with
 * the last measurement and a fresh send time. `library`: measures on request.
 */
export type Generation = 'first' | 'second' | 'library';

export interface FieldPlayerOptions {
  id: string;
  clock: SimulatedClock;
  generation: Generation;
  /** Interval of its monitor; null: one measurement at the start. */
  monitorMs: number | null;
  /** Offset and drift of its clock. */
  offsetMs: number;
  driftPpm: number;
  latency: () => number;
  below: (limit: number) => number;
}

export interface FieldPlayer extends TestPlayer {
  loses: TestPlayer['loses'];
  /**
   * `hung`: VLC receives a command, but neither executes nor answers it. `gone`: the player reports that VLC is
   * unreachable.
   */
  vlc: 'well' | 'hung' | 'gone';
  /** VLC needs up to this long for every request. */
  busyMs: number;
  /** The actual state of VLC, regardless of measurements. */
  truthAt(at: number): Truth;
  /** Changes VLC's state locally, without a command. */
  touch(truth: Partial<Truth>): void;
  /** Sets its clock. */
  setClock(offsetMs: number): void;
}

export interface Truth {
  status: 'playing' | 'paused' | 'stopped';
  fullscreen: boolean;
}

/** VLC answers no later than this after the player received a command (SPEC C1 relies on it). */
export const MAX_BUSY_MS = 10_000;
const CLIP_MS = 15_000;
/** Sections are read in parallel, so their times differ slightly. */
const READING_MS = 400;

/**
 * A fielded player: a program that measures from time to time and reports later, and a VLC that processes requests
 * sequentially and can be busy. A lost connection affects neither.
 */
export function fieldPlayer(options: FieldPlayerOptions): FieldPlayer {
  const { id, clock, generation, monitorMs, driftPpm, latency, below } = options;
  const began = clock.now();
  let { offsetMs } = options;
  let status: 'playing' | 'paused' | 'stopped' = 'playing';
  let fullscreen = false;
  let playsSince = began;
  let stoodAt = 0;
  let cache: JsonObject | undefined;
  /** VLC's queue: when its last request will be done. */
  let freeAt = 0;

  const deviceTime = () => new Date(clock.now() + offsetMs + ((clock.now() - began) * driftPpm) / 1e6).toISOString();
  const later = (ms: number, fn: () => void) => void clock.setTimeout(fn, ms);
  /** Runs in VLC's order. */
  const inTurn = (fn: () => void) => {
    freeAt = Math.max(freeAt, clock.now() + below(player.busyMs + 1));
    later(freeAt - clock.now(), fn);
  };
  const truths: (Truth & { since: number })[] = [{ since: began, status, fullscreen }];

  const readVlc = (): JsonObject => {
    if (player.vlc === 'gone')
      return {
        ...newest.vlc,
        connected: false,
        playing: false,
        stopped: true,
        currentItem: null,
        position: 0,
        time: 0,
      };
    const played = status === 'playing' ? clock.now() - playsSince : stoodAt;
    // Between two clips, VLC has no item for a moment.
    const isBetween = status === 'stopped' || (status === 'playing' && below(20) === 0);
    const ms = isBetween ? 0 : played % CLIP_MS;
    return {
      ...newest.vlc,
      playing: status === 'playing',
      paused: status === 'paused',
      stopped: status === 'stopped',
      currentItem: isBetween ? null : `clip-${Math.floor(played / CLIP_MS) % 3}.mp4`,
      position: ms / CLIP_MS,
      time: Math.floor(ms / 1000),
      fullscreen,
    };
  };
  const measure = (done: (state: JsonObject) => void) => {
    let system = '';
    let storage = '';
    let vlc: JsonObject | undefined;
    const collect = () => {
      if (system === '' || storage === '' || !vlc) return;
      done({
        ...newest,
        timestamp: deviceTime(),
        system: { ...newest.system, timestamp: system },
        storage: { ...newest.storage, timestamp: storage },
        vlc,
      });
    };
    later(below(READING_MS), () => {
      system = deviceTime();
      collect();
    });
    later(below(READING_MS), () => {
      storage = deviceTime();
      collect();
    });
    const look = () => {
      vlc = readVlc();
      collect();
    };
    // A busy VLC either responds at once with its current state, or delays the monitor like commands.
    if (below(2) === 0) later(below(READING_MS), look);
    else inTurn(look);
  };

  const tell = (over: Connection, state: JsonObject) => {
    if (!player.loses.states) line.say(over, (host) => host.report({ ...state }));
  };
  const monitor = () =>
    measure((state) => {
      cache = state;
      if (generation === 'first' && line.current) tell(line.current, state);
    });

  const become = (next: typeof status) => {
    if (status === 'playing' && next !== 'playing') stoodAt = clock.now() - playsSince;
    if (next === 'stopped') stoodAt = 0;
    if (status !== 'playing' && next === 'playing') playsSince = clock.now() - stoodAt;
    status = next;
  };
  const act = (command: CommandName) => {
    if (command === 'vlc:play') become('playing');
    else if (command === 'vlc:stop') become('stopped');
    else if (command === 'vlc:pause') become(status === 'playing' ? 'paused' : 'playing');
    else if (command === 'vlc:fullscreen') fullscreen = !fullscreen;
  };
  const obey = (commandId: string, command: CommandName) => {
    if (player.loses.commands) return;
    const receipt: Receipt = { commandId, command, at: clock.now(), effect: false, effectAt: 0, answer: 'none' };
    player.received.push(receipt);
    const answer = (said: 'success' | 'error') => {
      receipt.answer = said;
      // Like Socket.IO's client, uses whatever connection exists by then.
      if (line.current && !player.loses.responses)
        line.say(line.current, (host) => host.respond(commandId, { status: said }));
    };
    if (player.vlc === 'gone') return answer('error');
    if (player.vlc === 'hung') return;
    inTurn(() => {
      act(command);
      truths.push({ since: clock.now(), status, fullscreen });
      receipt.effect = true;
      receipt.effectAt = clock.now();
      later(below(Math.max(1, receipt.at + player.busyMs - clock.now() + 1)), () => answer('success'));
    });
  };

  const line = new PlayerLine({
    id,
    clock,
    latency,
    asked: (over) => {
      if (generation === 'first') tell(over, { ...placeholder, timestamp: deviceTime(), deviceId: id });
      else if (generation === 'library') measure((state) => tell(over, state));
      else if (cache) tell(over, { ...cache, timestamp: deviceTime() });
    },
    commanded: (_, commandId, command) => obey(commandId, command),
  });
  const player: FieldPlayer = {
    id,
    received: [],
    get isConnected() {
      return line.current !== undefined;
    },
    loses: { commands: false, responses: false, states: false },
    vlc: 'well',
    busyMs: 0,
    connect(harness, from) {
      const over = line.connect(harness, from);
      if (generation === 'first') tell(over, {});
    },
    lose: (noticedAfterMs) => line.lose(noticedAfterMs),
    truthAt: (at) => truths.findLast(({ since }) => since <= at) as Truth,
    touch(truth) {
      become(truth.status ?? status);
      fullscreen = truth.fullscreen ?? fullscreen;
      truths.push({ since: clock.now(), status, fullscreen });
    },
    setClock(ms) {
      offsetMs = ms;
    },
  };

  if (generation !== 'library') monitor();
  const every = (ms: number) =>
    later(ms, () => {
      monitor();
      every(ms);
    });
  if (monitorMs !== null && generation !== 'library') every(monitorMs);
  return player;
}
