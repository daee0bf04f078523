import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { observationOf } from '../../machines/observation.ts';
import {
  type PlayerEvent,
  type PlayerSnapshot,
  type Playlist,
  playbackOf,
  playerMachine,
} from '../../machines/player.ts';
import { type CommandName, commandNames, judge } from '../../machines/policy.ts';
import { read } from '../../machines/reading.ts';
import { playbackSections } from '../../src/cli/simulator/library-state.ts';

const news: Playlist = {
  id: 'news',
  name: 'News',
  items: [
    { name: 'Intro', filename: '/media/intro.mp4', duration: 10 },
    { name: 'Report', filename: '/media/report.mp4', duration: 20 },
    { name: 'Credits', filename: '/media/credits.mp4', duration: 5 },
  ],
};
const night: Playlist = {
  id: 'night',
  name: 'Night',
  items: [{ name: 'Clock', filename: '/media/clock.mp4', duration: 60 }],
};
const input = { playlists: [news, night] as const };

const commands: readonly PlayerEvent[] = commandNames.map((type) => ({ type }));
const does = (snapshot: PlayerSnapshot) => {
  const { state, fullscreen } = playbackOf(snapshot);
  return { playback: state, fullscreen: fullscreen ? 'on' : 'off' };
};
const situation = (snapshot: PlayerSnapshot) => `${does(snapshot).playback}, full screen ${does(snapshot).fullscreen}`;
const paths = getShortestPaths(playerMachine, { input, events: commands, serializeState: situation });

function play(...events: PlayerEvent[]): PlayerSnapshot {
  return events.reduce<PlayerSnapshot>(
    (snapshot, event) => transition(playerMachine, snapshot, event)[0],
    initialTransition(playerMachine, input)[0],
  );
}
const told = (snapshot: PlayerSnapshot) => playbackSections(playbackOf(snapshot), 100);

/** The effect of each command in each state, as in VLC. */
const effects: Record<CommandName, (before: { playback: string; fullscreen: string }) => object> = {
  'vlc:play': () => ({ playback: 'playing' }),
  'vlc:pause': ({ playback }) => ({ playback: playback === 'playing' ? 'paused' : 'playing' }),
  'vlc:stop': () => ({ playback: 'stopped' }),
  'vlc:fullscreen': ({ fullscreen }) => ({ fullscreen: fullscreen === 'on' ? 'off' : 'on' }),
  'vlc:snapshot': () => ({}),
};

it('a player can be brought into every state by commands', () => {
  expect(paths.map(({ state }) => situation(state)).sort()).toEqual(
    ['paused', 'playing', 'stopped'].flatMap((it) => [`${it}, full screen off`, `${it}, full screen on`]),
  );
});

describe.each(paths.map((path) => ({ ...path, name: situation(path.state) })))('P6 $name', ({ state, steps }) => {
  it.each(commandNames)('%s', (type) => {
    expect(state.can({ type })).toBe(true);
    const [after] = transition(playerMachine, state, { type });
    expect(does(after)).toEqual({ ...does(state), ...effects[type](does(state)) });
  });

  it('C1 toggles are undone by a second one, and the visible state proves the effect', () => {
    for (const type of ['vlc:pause', 'vlc:fullscreen'] as const) {
      const [once] = transition(playerMachine, state, { type });
      const [before, after] = [observationOf(read(told(state))), observationOf(read(told(once)))];
      expect(judge({ command: type }, before ?? null, after ?? {})).toBe('effect');
    }
    const [once] = transition(playerMachine, state, { type: 'vlc:fullscreen' });
    const [twice] = transition(playerMachine, once, { type: 'vlc:fullscreen' });
    expect(twice.value).toEqual(state.value);
  });

  it('time advances the media only while it plays', () => {
    const before = state.context.mediaMs;
    const [after] = transition(playerMachine, state, { type: 'TICK', ms: 1500 });
    expect(after.context.mediaMs - before).toBe(does(state).playback === 'playing' ? 1500 : 0);
    expect(steps.length).toBeLessThanOrEqual(4);
  });
});

describe('time', () => {
  it('at the end of an item the next one begins, and after the last the first', () => {
    expect(told(play({ type: 'vlc:play' }, { type: 'TICK', ms: 10_000 }))).toMatchObject({
      vlc: { item: 'Report', time: 0, length: 20, position: 0 },
      activePlaylist: { index: 1 },
    });
    expect(told(play({ type: 'vlc:play' }, { type: 'TICK', ms: 37_000 })).vlc).toMatchObject({
      item: 'Intro',
      time: 2,
    });
  });

  it('a long time at once equals its parts', () => {
    const atOnce = play({ type: 'vlc:play' }, { type: 'TICK', ms: 1_000_003 });
    const ticks = Array.from({ length: 1_000_003 / 7 }, () => ({ type: 'TICK', ms: 7 }) as const);
    const left = 1_000_003 - ticks.length * 7;
    const inParts = play({ type: 'vlc:play' }, ...ticks.slice(0, 20_000), {
      type: 'TICK',
      ms: 7 * (ticks.length - 20_000) + left,
    });
    expect(inParts.context).toEqual(atOnce.context);
  });

  it('a pause keeps the position, a stop returns to the start of the item', () => {
    const started = [{ type: 'vlc:play' }, { type: 'TICK', ms: 12_500 }] as const;
    expect(told(play(...started, { type: 'vlc:pause' })).vlc).toMatchObject({
      state: 'paused',
      item: 'Report',
      time: 2,
    });
    expect(told(play(...started, { type: 'vlc:stop' }))).toMatchObject({
      vlc: { state: 'stopped', item: null, filename: null, time: 0, position: 0 },
      activePlaylist: { index: 1 },
    });
    expect(told(play(...started, { type: 'vlc:stop' }, { type: 'vlc:play' })).vlc).toMatchObject({
      item: 'Report',
      time: 0,
    });
  });
});

describe('vlc:play', () => {
  it.each([
    [{ item: 2 }, 'Credits'],
    [{ item: 'Report' }, 'Report'],
    [{ item: '/media/report.mp4' }, 'Report'],
    [{ playlist: 'night' }, 'Clock'],
    [{ playlist: 'Night' }, 'Clock'],
    [{ playlist: 1, item: 0 }, 'Clock'],
    [{}, 'Intro'],
  ])('of %j plays %s', (params, item) => {
    expect(told(play({ type: 'vlc:play', ...params })).vlc).toMatchObject({ state: 'playing', item, time: 0 });
  });

  it.each([
    { item: 3 },
    { item: -1 },
    { item: 0.5 },
    { item: 'length' },
    { playlist: 'none' },
    { playlist: 'night', item: 1 },
  ])('of %j, which does not exist, fails and changes nothing', (params) => {
    const before = play({ type: 'vlc:play' }, { type: 'TICK', ms: 12_500 });
    const event = { type: 'vlc:play', ...params } as const;
    expect(before.can(event)).toBe(false);
    const [after] = transition(playerMachine, before, event);
    expect(after.value).toEqual(before.value);
    expect(after.context).toEqual(before.context);
  });

  it('without an item continues where it was', () => {
    const paused = play({ type: 'vlc:play' }, { type: 'TICK', ms: 12_500 }, { type: 'vlc:pause' });
    expect(told(transition(playerMachine, paused, { type: 'vlc:play' })[0]).vlc).toMatchObject({
      item: 'Report',
      time: 2,
    });
  });
});

describe('VLC that is unreachable', () => {
  const started = [{ type: 'vlc:play' }, { type: 'vlc:fullscreen' }, { type: 'TICK', ms: 12_500 }] as const;
  const lose = () => play(...started, { type: 'VLC_LOST' });

  it('looks stopped, and accepts no command', () => {
    const lost = lose();
    expect(playbackOf(lost)).toMatchObject({ reachable: false, state: 'stopped', fullscreen: false, item: undefined });
    for (const type of commandNames) expect(lost.can({ type })).toBe(false);
    expect(playbackOf(transition(playerMachine, lost, { type: 'TICK', ms: 1000 })[0]).mediaMs).toBe(0);
  });

  it('comes back stopped, and can play', () => {
    const [back] = transition(playerMachine, lose(), { type: 'VLC_BACK' });
    expect(playbackOf(back)).toMatchObject({ reachable: true, state: 'stopped' });
    expect(playbackOf(transition(playerMachine, back, { type: 'vlc:play' })[0]).state).toBe('playing');
  });
});
