import { createActor } from 'xstate';
import { type PlayerEvent, playerMachine } from '../../../machines/player.ts';
import type { JsonObject } from '../../protocol/document.ts';
import { playlists } from './content.ts';
import type { Generation, SimulatorOptions } from './options.ts';
import { drawPicture } from './picture.ts';
import { between, type Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { createStateOf, type Profile } from './state.ts';
import type { Counts } from './tally.ts';

/** What all players of a fleet share. */
export interface Fleet {
  options: SimulatorOptions;
  scheduler: Scheduler;
  counts: Counts;
}

/** A screen with its connection, as the fleet steers it. */
export interface SimulatedPlayer {
  readonly generation: Generation;
  readonly registered: boolean;
  connect(): void;
  /** Sends its state, if it is registered. */
  report(): void;
  /** Loses its connection, and comes back as the client does. The library lets nobody cut what it keeps up. */
  drop?(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}

/** A screen without its connection: a machine that is VLC, with a clock of its own. */
export interface Screen {
  readonly profile: Profile & { deviceType: string };
  state(): JsonObject;
  snapshot(): { data: Buffer; format: string; width: number; height: number; takenAt: string };
  /** @throws Error what the player answers with */
  carryOut(command: string, params: JsonObject): { state: string; fullscreen: boolean };
  stop(): void;
}

export function createScreen(options: SimulatorOptions, profile: Profile, random: Random): Screen {
  const startedAt = Date.now();
  const driftMs = between(random, -options.drift, options.drift);
  const stateOf = createStateOf(random, profile, playlists[0], startedAt);
  const colour = [between(random, 0, 255), between(random, 0, 255), between(random, 0, 255)] as const;
  const vlc = createActor(playerMachine, { input: { playlists } }).start();
  vlc.send({ type: 'vlc:play', playlist: between(random, 0, playlists.length - 1), item: between(random, 0, 5) });
  let tickedAt = startedAt;

  /** VLC's time is made up for only when somebody looks. */
  function now(): number {
    const at = Date.now();
    if (at > tickedAt) vlc.send({ type: 'TICK', ms: at - tickedAt });
    tickedAt = at;
    return at + driftMs;
  }

  return {
    profile: { ...profile, deviceType: 'vlc' },
    state() {
      const at = now();
      return stateOf(vlc.getSnapshot(), at) as JsonObject;
    },
    snapshot: () => ({ ...drawPicture(colour), takenAt: new Date(Date.now() + driftMs).toISOString() }),
    carryOut(command, params) {
      now();
      const event = eventOf(command, params);
      if (!event) throw new Error(`unknown command ${command}`);
      if (!vlc.getSnapshot().can(event)) throw new Error('there is no such item');
      vlc.send(event);
      const { playback, fullscreen } = vlc.getSnapshot().value;
      return { state: playback, fullscreen: fullscreen === 'on' };
    },
    stop: () => void vlc.stop(),
  };
}

function eventOf(command: string, params: JsonObject): PlayerEvent | undefined {
  switch (command) {
    case 'vlc:play':
      return { type: command, item: name(params.item) ?? name(params.uri), playlist: name(params.playlist) };
    case 'vlc:pause':
    case 'vlc:stop':
    case 'vlc:fullscreen':
    case 'vlc:snapshot':
      return { type: command };
    default:
      return undefined;
  }
}

const name = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : undefined);
