import { describe, expect, test } from 'vitest';
import { getNextTransitions, type SnapshotFrom } from 'xstate';
import { getShortestPaths, getSimplePaths, getStateNodes } from 'xstate/graph';
import {
  type CommandEvent,
  type CommandInput,
  type CommandOutput,
  type CommandProgress,
  commandMachine,
  type Link,
} from '../../../machines/command.ts';
import type { Observation } from '../../../machines/observation.ts';
import { type CommandName, commandNames, isToggle } from '../../../machines/policy.ts';
import { inputOf, progressOf } from '../../support/commands.ts';
import { pureLife } from '../../support/pure-life.ts';

/** The states that a command distinguishes: before, after, and neither. */
const observations: Record<CommandName, Observation[]> = {
  'vlc:play': [{ playback: 'paused' }, { playback: 'playing' }, {}],
  'vlc:pause': [{ playback: 'playing' }, { playback: 'paused' }, {}],
  'vlc:stop': [{ playback: 'playing' }, { playback: 'stopped' }, {}],
  'vlc:fullscreen': [{ fullscreen: false }, { fullscreen: true }, {}],
  'vlc:snapshot': [{ playback: 'playing' }],
};

const success: CommandEvent = { type: 'RESPONSE', status: 'success' };
const failure: CommandEvent = { type: 'RESPONSE', status: 'error' };
const cancel: CommandEvent = { type: 'CANCEL' };
const links = (['online', 'reconnecting', 'offline'] as const).map((link): CommandEvent => ({ type: 'LINK', link }));

/** All events of a command, except the ends of its waits. */
const everything = (command: CommandName): CommandEvent[] => [
  { type: 'DISPATCH', baseline: null },
  { type: 'DISPATCH', baseline: observations[command][0] as Observation },
  ...links,
  ...observations[command].map((seen): CommandEvent => ({ type: 'OBSERVED', seen, sinceArrivalMs: 10_000 })),
  success,
  failure,
  cancel,
];

/** Enough events for each kind of decision; fewer, because a graph has many simple paths. */
const essentials = (command: CommandName): CommandEvent[] => [
  { type: 'DISPATCH', baseline: null },
  { type: 'DISPATCH', baseline: observations[command][0] as Observation },
  ...links.slice(0, 2),
  ...observations[command]
    .slice(0, 2)
    .map((seen): CommandEvent => ({ type: 'OBSERVED', seen, sinceArrivalMs: 10_000 })),
  success,
];

/** A command, and the connection that its device tells it of at once. */
interface Start {
  input: CommandInput;
  link: Link;
}

const baselineOf = (command: CommandName) => observations[command][0] as Observation;

/** A new command in every initial state, and a restored one in every status. */
function startsOf(command: CommandName): Start[] {
  const fresh = (['online', 'reconnecting', 'offline'] as const).flatMap((link) =>
    [null, 5000].map((ttlMs) => ({ link, input: inputOf({ command, ttlMs, maxAttempts: 2 }) })),
  );
  const progress: Partial<CommandProgress>[] = [
    { leftMs: 500 },
    { status: 'sent', attempt: 1, leftMs: 500 },
    { status: 'verifying', attempt: 1 },
    { status: 'sent', attempt: 1, baseline: baselineOf(command), leftMs: 500 },
    { status: 'verifying', attempt: 1, baseline: baselineOf(command) },
  ];
  const restored = progress.flatMap((it) =>
    (['reconnecting', 'offline'] as const).map((link) => ({
      link,
      input: inputOf({ command, ttlMs: 5000, maxAttempts: 2, progress: progressOf(it) }),
    })),
  );
  return [...fresh, ...restored];
}

interface Path {
  state: { value: unknown };
  steps: { event: { type: string } }[];
}

type CommandSnapshot = SnapshotFrom<typeof commandMachine>;

/** Running waits may end. */
const endsOfWaits = (snapshot: CommandSnapshot) =>
  getNextTransitions(snapshot)
    .filter(({ eventType }) => eventType.startsWith('xstate.after.'))
    .map(({ eventType }) => ({ type: eventType }) as unknown as CommandEvent);

function begin({ input, link }: Start) {
  const life = pureLife(commandMachine, input);
  if (life.snapshot.status === 'active') life.send({ type: 'LINK', link });
  return life;
}

const options = (start: Start, events: CommandEvent[]) => ({
  fromState: begin(start).snapshot as CommandSnapshot,
  events: (snapshot: CommandSnapshot) => [...events, ...endsOfWaits(snapshot)],
});

/** The device dispatches only while connected. */
function isPossible({ link }: Start, path: Path): boolean {
  let now = link;
  return eventsOf(path).every((event) => {
    if (event.type === 'LINK') now = (event as unknown as { link: Link }).link;
    return event.type !== 'DISPATCH' || now === 'online';
  });
}

const eventsOf = (path: Path) => path.steps.map(({ event }) => event).filter(({ type }) => type !== 'xstate.init');

/** Walks a path, and checks the invariants at each step. */
function walk(start: Start, path: Path): void {
  const { input } = start;
  const { command, maxAttempts } = input.spec;
  const life = begin(start);
  let { link } = start;
  const before = input.progress?.attempt ?? 0;
  let sent = before;
  let provenSince = sent === 0;
  let effect = false;
  let output: CommandOutput | undefined;

  const look = () => {
    for (const [i, [asked, params]] of life.asked.entries()) {
      if (asked === 'transmit') {
        expect(link, 'nothing is transmitted while not online').toBe('online');
        expect(life.asked[i - 1], 'the note comes before the transmit').toMatchObject([
          'note',
          { status: 'sent', attempt: sent + 1 },
        ]);
        if (isToggle(command)) expect(provenSince, 'a toggle is sent again only after a verdict of none').toBe(true);
        sent++;
        provenSince = false;
      } else if (asked === 'noteVerdict') {
        const { verdict } = params as { verdict: string };
        expect(sent).toBeGreaterThan(0);
        provenSince = verdict === 'none';
        effect ||= verdict === 'effect';
      }
    }
    expect(sent, 'never more than maxAttempts transmissions').toBeLessThanOrEqual(Math.max(maxAttempts, before));
    if (output) expect(life.output, 'an ended command has one output').toBe(output);
    else if (life.snapshot.status === 'done') {
      output = life.output as CommandOutput;
      expect(output).toMatchObject({ commandId: 'c1', attempts: sent, status: life.state });
      const neverLeft = output.status === 'undelivered' || output.status === 'cancelled';
      expect(neverLeft, `${output.status} after ${sent} transmissions`).toBe(sent === 0);
      expect(output.confirmedBy === 'state', 'a state confirms what it proves').toBe(effect);
      expect(life.waits).toEqual({});
    } else expect(life.output).toBeUndefined();
  };

  look();
  for (const event of eventsOf(path)) {
    if (event.type === 'LINK') ({ link } = event as unknown as { link: Link });
    life.send(event as CommandEvent);
    look();
  }
  expect(life.state, 'the path leads where the traversal says').toEqual(path.state.value);
  if (!output) return;
  for (const event of everything(command as CommandName)) {
    expect(life.send(event), 'nothing comes of an ended command').toEqual([]);
    look();
  }
}

function walkAll(start: Start, all: Path[]): number {
  const paths = all.filter((path) => isPossible(start, path));
  for (const path of paths) {
    try {
      walk(start, path);
    } catch (error) {
      if (error instanceof Error) {
        error.message = `${JSON.stringify(start)}\n${eventsOf(path)
          .map((it) => JSON.stringify(it))
          .join('\n')}\n${error.message}`;
      }
      throw error;
    }
  }
  return paths.length;
}

/** 'queued.waiting' for `{ queued: 'waiting' }`. */
const nameOf = (value: unknown) =>
  typeof value === 'string' ? value : Object.entries(value as object).map((it) => it.join('.'))[0];

test('C1–C4 every state of the command machine is reached, except transient ones', () => {
  const reached = new Set(
    commandNames.flatMap((command) =>
      startsOf(command).flatMap((start) =>
        getShortestPaths(commandMachine, options(start, everything(command)))
          .filter((path) => isPossible(start, path))
          .map((path) => nameOf(path.state.value)),
      ),
    ),
  );
  const leaves = getStateNodes(commandMachine)
    .filter((node) => Object.keys(node.states).length === 0)
    .map((node) => node.path.join('.'));
  expect(leaves.filter((it) => !reached.has(it))).toEqual(['resuming', 'silent']);
});

describe.each(commandNames)('C1–C4 %s: the invariants hold', (command) => {
  test('along every shortest path, from every initial state', () => {
    let count = 0;
    for (const start of startsOf(command))
      count += walkAll(start, getShortestPaths(commandMachine, options(start, everything(command))));
    expect(count).toBeGreaterThan(100);
  });

  test('along every simple path of the deciding events', () => {
    const start: Start = { input: inputOf({ command, maxAttempts: 2 }), link: 'online' };
    const paths = getSimplePaths(commandMachine, options(start, essentials(command)));
    expect(walkAll(start, paths)).toBeGreaterThan(20);
  });
});
