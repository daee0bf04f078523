import { createActor } from 'xstate';
import { type Playback, type PlayerEvent, playbackOf, playerMachine } from '../../../machines/player.ts';
import type { JsonObject } from '../../protocol/document.ts';
import type { Part } from './cast.ts';
import { playlists } from './content.ts';
import { describeMachine, type Machine } from './machine.ts';
import { drawPicture } from './picture.ts';
import { between, type Random } from './random.ts';

/** A screen without a connection: a computer with VLC and a clock of its own. */
export interface Screen {
  readonly part: Part;
  readonly machine: Machine;
  readonly startedAt: number;
  /** The player's clock. */
  now(): number;
  vlc(): Playback;
  /**
   * Sends a command to VLC.
   * @throws Error from VLC or from the connection to it
   */
  command(name: string, params?: JsonObject): void;
  picture(): ReturnType<typeof drawPicture> & { takenAt: string };
  stop(): void;
}

const HOUR_MS = 3_600_000;

export function createScreen(part: Part, number: number, driftMs: number, random: Random): Screen {
  const clockOffsetMs =
    part.trouble === 'wrong-clock' ? -between(random, 2 * HOUR_MS, 9 * HOUR_MS) : between(random, -driftMs, driftMs);
  const colour = [between(random, 0, 255), between(random, 0, 255), between(random, 0, 255)] as const;
  const vlc = createActor(playerMachine, { input: { playlists } }).start();
  const anyPlaylist = between(random, 0, playlists.length - 1);
  vlc.send({ type: 'vlc:play', playlist: part.playlist ?? anyPlaylist, item: 0 });
  vlc.send({ type: 'TICK', ms: random() * HOUR_MS });
  if (part.trouble === 'paused') vlc.send({ type: 'vlc:pause' });
  if (part.trouble === 'no-vlc') vlc.send({ type: 'VLC_LOST' });
  const now = () => Date.now() + clockOffsetMs;
  const startedAt = now();
  let tickedAt = performance.now();

  /** Advances VLC to the current time; done only when its state is read. */
  function catchUp(): void {
    const at = performance.now();
    if (part.trouble !== 'frozen') vlc.send({ type: 'TICK', ms: at - tickedAt });
    tickedAt = at;
  }

  return {
    part,
    machine: describeMachine(part.hostName, number),
    startedAt,
    now,
    vlc() {
      catchUp();
      return playbackOf(vlc.getSnapshot());
    },
    command(name, params = {}) {
      catchUp();
      const event = eventOf(name, params);
      if (!event) throw new Error(`unknown command ${name}`);
      if (vlc.getSnapshot().value === 'unreachable') throw new Error('connect ECONNREFUSED 127.0.0.1:8080');
      if (!vlc.getSnapshot().can(event)) throw new Error('there is no such item');
      vlc.send(event);
    },
    picture: () => ({ ...drawPicture(colour), takenAt: new Date(now()).toISOString() }),
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
