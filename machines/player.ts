import { assign, type SnapshotFrom, setup } from 'xstate';

export interface Item {
  name: string;
  filename: string;
  /** Seconds, greater than 0. */
  duration: number;
}

export interface Playlist {
  id: string;
  name: string;
  items: readonly [Item, ...Item[]];
}

export interface PlayerInput {
  /** The first one is the default. */
  playlists: readonly [Playlist, ...Playlist[]];
}

export type PlayerEvent =
  /** `item`: a name, file name or index. `playlist`: an id, name or index. Without both, playback resumes. */
  | { type: 'vlc:play'; item?: string | number | undefined; playlist?: string | number | undefined }
  | { type: 'vlc:pause' }
  | { type: 'vlc:stop' }
  | { type: 'vlc:fullscreen' }
  | { type: 'vlc:snapshot' }
  /** VLC crashed or is not running, so the player program cannot reach it. */
  | { type: 'VLC_LOST' }
  /** VLC is running again and is stopped. */
  | { type: 'VLC_BACK' }
  /** Time has passed. */
  | { type: 'TICK'; ms: number };

interface Place {
  playlist: Playlist;
  index: number;
}

interface PlayerContext extends Place {
  playlists: PlayerInput['playlists'];
  /** Playback position in the item, in ms. */
  mediaMs: number;
}

/**
 * The player's own view: VLC with a looping playlist. Events are commands and the passage of time. The player answers a
 * command with an error if `snapshot.can()` returns false for it (no such item, or VLC is unreachable).
 *
 * Effect, bound by the host if needed: `takePicture`.
 */
export const playerMachine = setup({
  types: {
    context: {} as PlayerContext,
    events: {} as PlayerEvent,
    input: {} as PlayerInput,
  },
  actions: {
    takePicture: () => {},

    jump: assign(({ context, event }) => {
      const place = placeOf(context, event);
      return place ? { ...place, mediaMs: 0 } : {};
    }),
    rewind: assign({ mediaMs: 0 }),
    advance: assign(({ context, event }) => (event.type === 'TICK' ? advanced(context, event.ms) : {})),
  },
  guards: {
    isResume: ({ event }) => event.type === 'vlc:play' && event.item === undefined && event.playlist === undefined,
    targetExists: ({ context, event }) => placeOf(context, event) !== undefined,
  },
}).createMachine({
  id: 'player',
  context: ({ input: { playlists } }) => ({ playlists, playlist: playlists[0], index: 0, mediaMs: 0 }),
  initial: 'reachable',
  states: {
    reachable: {
      type: 'parallel',
      on: {
        'vlc:snapshot': { actions: 'takePicture' },
        VLC_LOST: { target: 'unreachable', actions: 'rewind' },
      },
      states: {
        playback: {
          initial: 'stopped',
          on: {
            'vlc:play': [
              { guard: 'isResume', target: '.playing' },
              { guard: 'targetExists', target: '.playing', actions: 'jump' },
            ],
            'vlc:stop': { target: '.stopped', actions: 'rewind' },
          },
          states: {
            /** VLC's pause toggles, so it also starts playback from here. */
            stopped: { on: { 'vlc:pause': 'playing' } },
            playing: { on: { 'vlc:pause': 'paused', TICK: { actions: 'advance' } } },
            paused: { on: { 'vlc:pause': 'playing' } },
          },
        },
        fullscreen: {
          initial: 'off',
          states: {
            off: { on: { 'vlc:fullscreen': 'on' } },
            on: { on: { 'vlc:fullscreen': 'off' } },
          },
        },
      },
    },
    unreachable: { on: { VLC_BACK: 'reachable' } },
  },
});

export type PlayerSnapshot = SnapshotFrom<typeof playerMachine>;

/** What VLC does, in the terms of its own interface. */
export interface Playback {
  reachable: boolean;
  state: 'playing' | 'paused' | 'stopped';
  fullscreen: boolean;
  playlist: Playlist;
  /** Index in the playlist, from 0. */
  index: number;
  /** Undefined if playback is stopped. */
  item: Item | undefined;
  /** Playback position in the item, in ms. */
  mediaMs: number;
}

export function playbackOf({ value, context: { playlist, index, mediaMs } }: PlayerSnapshot): Playback {
  const vlc = value === 'unreachable' ? undefined : value.reachable;
  const state = vlc?.playback ?? 'stopped';
  return {
    reachable: vlc !== undefined,
    state,
    fullscreen: vlc?.fullscreen === 'on',
    playlist,
    index,
    item: state === 'stopped' ? undefined : itemAt(playlist, index),
    mediaMs,
  };
}

/** The target of a `vlc:play`; undefined if it does not exist. */
function placeOf({ playlists, playlist: current }: PlayerContext, event: PlayerEvent): Place | undefined {
  if (event.type !== 'vlc:play') return undefined;
  const { item: wanted, playlist: wantedList } = event;
  const playlist =
    wantedList === undefined
      ? current
      : typeof wantedList === 'number'
        ? playlists[wantedList]
        : playlists.find(({ id, name }) => id === wantedList || name === wantedList);
  if (!playlist) return undefined;
  if (wanted === undefined) return { playlist, index: 0 };
  const index =
    typeof wanted === 'number'
      ? wanted
      : playlist.items.findIndex(({ name, filename }) => name === wanted || filename === wanted);
  return index in playlist.items ? { playlist, index } : undefined;
}

function advanced({ playlist, index, mediaMs }: PlayerContext, ms: number): Partial<PlayerContext> {
  const { items } = playlist;
  const roundMs = items.reduce((sum, item) => sum + item.duration * 1000, 0);
  let next = index;
  // Complete rounds through the playlist change nothing.
  let left = mediaMs + (ms % roundMs);
  for (let length = lengthMs(playlist, next); left >= length; length = lengthMs(playlist, next)) {
    left -= length;
    next = (next + 1) % items.length;
  }
  return { index: next, mediaMs: left };
}

const itemAt = ({ items }: Playlist, index: number) => items[index] as Item;
const lengthMs = (playlist: Playlist, index: number) => itemAt(playlist, index).duration * 1000;
