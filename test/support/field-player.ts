import type { CommandName } from '../../src/protocol/commands.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { newest, placeholder } from './field-states.ts';
import { type Connection, PlayerLine, type Receipt, type TestPlayer } from './player-line.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/**
 * `first`: answers the request for a state with a placeholder, and pushes what its monitor measures. `second`: answers with
 * the last measurement, and a fresh time of sending. `library`: measures when it is asked.
 */
export type Generation = 'first' | 'second' | 'library';

export interface FieldPlayerOptions {
  id: string;
  clock: SimulatedClock;
  generation: Generation;
  /** How often its monitor measures; null: once, at the start. */
  monitorMs: number | null;
  /** Its clock is off by so much, and gains so much. */
  offsetMs: number;
  driftPpm: number;
  latency: () => number;
  below: (limit: number) => number;
}

export interface FieldPlayer extends TestPlayer {
  loses: TestPlayer['loses'];
  /** `hung`: VLC takes a command, and neither does it nor answers. `gone`: the player cannot reach VLC, and says so. */
  vlc: 'well' | 'hung' | 'gone';
  /** VLC takes up to so long for all that it is asked. */
  busyMs: number;
  /** What VLC truly was, whatever was measured of it. */
  truthAt(at: number): Truth;
  /** Somebody does this to VLC itself. */
  touch(truth: Partial<Truth>): void;
  /** Somebody sets its clock. */
  setClock(offsetMs: number): void;
}

export interface Truth {
  status: 'playing' | 'paused' | 'stopped';
  fullscreen: boolean;
}

/** VLC answers no later than this after the player was asked (SPEC C1 counts on it). */
export const MAX_BUSY_MS = 10_000;
const CLIP_MS = 15_000;
/** Sections are read side by side: their times are those of a moment, not of an instant. */
const READING_MS = 400;

/**
 * A player as it is in the field: a program that measures now and then and tells of it later, and beside it a VLC that does
 * one thing after another and can be busy. A lost connection stops neither.
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
  /** VLC's own line: what it does last, and when. */
  let freeAt = 0;

  const deviceTime = () => new Date(clock.now() + offsetMs + ((clock.now() - began) * driftPpm) / 1e6).toISOString();
  const later = (ms: number, fn: () => void) => void clock.setTimeout(fn, ms);
  /** In VLC's own order. */
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
    // Between two clips VLC has none for a moment.
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
    // A busy VLC either answers at once what is, or makes the monitor wait as long as commands do.
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
      // As Socket.IO's client does: over whatever connection there is by then.
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
    connect(house, from) {
      const over = line.connect(house, from);
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
