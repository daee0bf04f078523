import { assign, setup } from 'xstate';
import type { IntentName } from './intents.ts';
import type { Observation } from './observation.ts';

/** What a screen is to be like. */
export interface Target {
  playback: 'playing' | 'paused' | 'stopped';
  fullscreen?: boolean | undefined;
}

export const desiredStatuses = ['converged', 'converging', 'suspended', 'failing', 'unknown', 'inactive'] as const;
export type DesiredStatus = (typeof desiredStatuses)[number];

/** The word beside the status. */
export type DesiredReason =
  | 'as wanted'
  /** A command is on its way, or was, and nothing was measured since. */
  | 'command sent'
  /** It was tried, and it is not time to try again. */
  | 'waiting to retry'
  | 'gave up'
  /** Somebody's own command. */
  | 'command'
  | 'maintenance'
  | 'outside hours'
  | 'not connected'
  /** Nothing was measured in this session, or not lately, or not since the last command. */
  | 'not measured'
  /** What was measured does not say it. */
  | 'not told';

/** How often it was tried with an intent, and what came of the last one. Times are milliseconds. */
export interface Tried {
  times: number;
  lastAt: number;
  ending?: string;
}
export type Tries = Readonly<Partial<Record<IntentName, Tried>>>;

/** All that a decision goes by. Times are milliseconds. */
export interface Facts {
  at: number;
  /** It is within its hours. */
  isActive: boolean;
  isMaintained: boolean;
  /** Of the session that is the device; null: it is not connected. */
  session: string | null;
  /** Something was measured in this session, and lately. */
  isMeasured: boolean;
  /** What was measured after the last command (SPEC C1); null: nothing so far. */
  seen: Observation | null;
  /** A command of anybody is pending. */
  isBusy: boolean;
}

export interface KeeperInput {
  target: Target;
  giveUpAfter: number;
  /** What is known of an earlier process. */
  tries?: Tries | undefined;
  suspended?: { until: number; by: string } | undefined;
}

export type KeeperEvent =
  | { type: 'LOOK'; facts: Facts }
  /** Somebody else commanded the device. */
  | { type: 'COMMANDED'; by: string; at: number }
  /** A command of its own has ended, or was refused. */
  | { type: 'ENDED'; ending: string; at: number };

export interface KeeperContext extends Omit<KeeperInput, 'tries'> {
  tries: Tries;
  session: string | null;
  /** Since when all is as wanted. */
  wellSince: number | undefined;
  /** The intent that it asked for and that has not ended. */
  asked: IntentName | undefined;
  /** When it gave up: what was measured then. */
  gaveUpAt: Observation | undefined;
  why: DesiredReason;
}

/** Somebody who commands a screen means it, for so long. */
export const SUSPEND_MS = 15 * 60_000;
/** After the first try; twice as long after each further one. */
export const RETRY_MS = 5000;
const MAX_RETRY_MS = 300_000;
/** What stays as wanted for so long is done; and a session that begins so soon after a try may be the answer to it. */
export const STEADY_MS = 60_000;
export const GIVE_UP_AFTER = 6;

/** What to send so that it becomes as wanted. `not told`: the measurement does not say what it is. */
export function missing({ playback, fullscreen }: Target, seen: Observation): IntentName | 'nothing' | 'not told' {
  const is = seen.playback;
  if (is === undefined) return 'not told';
  if (playback === 'playing' && is !== 'playing') return 'play';
  // As with the intent: what does not play is as good as paused.
  if (playback === 'paused' && is === 'playing') return 'pause';
  if (playback === 'stopped') {
    // Old players do not tell a pause from a stop.
    if (is === 'not playing') return 'not told';
    return is === 'stopped' ? 'nothing' : 'stop';
  }
  if (fullscreen === undefined || is === 'stopped' || is === 'not playing') return 'nothing';
  if (seen.fullscreen === undefined) return 'not told';
  return seen.fullscreen === fullscreen ? 'nothing' : fullscreen ? 'fullscreen:on' : 'fullscreen:off';
}

/** When it may be tried again. */
export function retryAt({ times, lastAt }: Tried): number {
  return lastAt + Math.min(RETRY_MS * 2 ** (times - 1), MAX_RETRY_MS);
}

type Outcome = 'stay' | 'inactive' | 'suspended' | 'unknown' | 'converged' | 'acting' | 'waiting' | 'failing';

interface Decision {
  outcome: Outcome;
  why?: DesiredReason;
  intent?: IntentName;
}

/** Only what was surely measured after the last command, in this session and lately, is acted on. */
function decide(context: KeeperContext, facts: Facts): Decision {
  const { at, isActive, isMaintained, session, isMeasured, isBusy } = facts;
  if (!isActive) return { outcome: 'inactive', why: 'outside hours' };
  if (isMaintained) return { outcome: 'suspended', why: 'maintenance' };
  if (context.suspended && at < context.suspended.until) return { outcome: 'suspended', why: 'command' };
  if (session === null) return { outcome: 'unknown', why: 'not connected' };
  const isOpen = isBusy || context.asked !== undefined;
  if (!isOpen && isMeasured && facts.seen) return bySeen(context, facts.seen, at);
  // What a command did is not measured yet.
  if ((isOpen || isMeasured) && stays.has(context.why)) return { outcome: 'stay' };
  return { outcome: 'unknown', why: 'not measured' };
}

/** What was found by a measurement, and holds until there is another one. */
const stays: ReadonlySet<DesiredReason> = new Set([
  'as wanted',
  'command sent',
  'waiting to retry',
  'gave up',
  'not told',
] satisfies DesiredReason[]);

function bySeen(context: KeeperContext, seen: Observation, at: number): Decision {
  const intent = missing(context.target, seen);
  if (intent === 'not told') return { outcome: 'unknown', why: 'not told' };
  if (intent === 'nothing') return { outcome: 'converged', why: 'as wanted' };
  const tried = context.tries[intent];
  if (!tried) return { outcome: 'acting', why: 'command sent', intent };
  if (tried.times >= context.giveUpAfter) return { outcome: 'failing', why: 'gave up' };
  if (at < retryAt(tried)) return { outcome: 'waiting', why: 'waiting to retry' };
  return { outcome: 'acting', why: 'command sent', intent };
}

/** What was tried before a change does not count after it. */
function startsAnew({ tries, session, wellSince, gaveUpAt, target }: KeeperContext, facts: Facts): boolean {
  const lastAt = Math.max(...Object.values(tries).map((it) => it.lastAt));
  // A player that fails at what it is told comes back as well: that is no new beginning.
  if (facts.session !== null && facts.session !== session && facts.at - lastAt >= STEADY_MS) return true;
  const { seen } = facts;
  if (!seen) return false;
  const intent = missing(target, seen);
  if (intent === 'nothing' || intent === 'not told') return false;
  if (wellSince !== undefined && facts.at - wellSince >= STEADY_MS) return true;
  return gaveUpAt !== undefined && (gaveUpAt.playback !== seen.playback || gaveUpAt.fullscreen !== seen.fullscreen);
}

const NO_TRIES: Tries = Object.freeze({});

/** Finds this, of an event that is a look. */
const finds =
  (outcome: Outcome) =>
  ({ context, event }: { context: KeeperContext; event: KeeperEvent }): boolean =>
    event.type === 'LOOK' && decide(context, event.facts).outcome === outcome;

/**
 * Keeps one device as it is wanted (SPEC G1–G7): compares what is measured with what is wanted, and asks for what is
 * missing. It has no timers: whoever holds it has it `LOOK` whenever a fact may have changed.
 */
export const keeperMachine = setup({
  types: {
    context: {} as KeeperContext,
    events: {} as KeeperEvent,
    input: {} as KeeperInput,
  },
  guards: {
    isOpen: finds('stay'),
    isOutsideHours: finds('inactive'),
    isSuspended: finds('suspended'),
    isNotKnown: finds('unknown'),
    isAsWanted: finds('converged'),
    hasGivenUp: finds('failing'),
    mustWait: finds('waiting'),
    isKeeping: ({ context }) => context.why !== 'outside hours',
    startsAnew: ({ context, event }) =>
      event.type === 'LOOK' && Object.keys(context.tries).length > 0 && startsAnew(context, event.facts),
  },
  actions: {
    /** Sends the intent. */
    act: (_, _params: { intent: IntentName }) => {},
    forget: assign({ tries: NO_TRIES, gaveUpAt: undefined, wellSince: undefined }),
    endSuspension: assign({ suspended: undefined }),
    explain: assign(({ context, event }) => {
      if (event.type !== 'LOOK') return {};
      const { facts } = event;
      const { outcome, why = context.why } = decide(context, facts);
      const isWell = outcome === 'converged';
      return {
        why,
        session: outcome === 'stay' ? context.session : facts.session,
        wellSince: isWell ? (context.wellSince ?? facts.at) : outcome === 'stay' ? context.wellSince : undefined,
        gaveUpAt: outcome === 'failing' ? (facts.seen ?? undefined) : isWell ? undefined : context.gaveUpAt,
      };
    }),
    count: assign(({ context, event }) => {
      if (event.type !== 'LOOK') return {};
      const { intent } = decide(context, event.facts);
      if (!intent) return {};
      const times = (context.tries[intent]?.times ?? 0) + 1;
      return { asked: intent, tries: { ...context.tries, [intent]: { times, lastAt: event.facts.at } } };
    }),
    noteEnding: assign(({ context, event }) => {
      const { asked, tries } = context;
      const tried = asked && tries[asked];
      if (event.type !== 'ENDED' || !asked || !tried) return { asked: undefined };
      const { ending, at } = event;
      return { asked: undefined, tries: { ...tries, [asked]: { ...tried, lastAt: at, ending } } };
    }),
    suspend: assign(({ event }) =>
      event.type === 'COMMANDED'
        ? { suspended: { until: event.at + SUSPEND_MS, by: event.by }, why: 'command' as const, wellSince: undefined }
        : {},
    ),
  },
}).createMachine({
  id: 'keeper',
  context: ({ input }) => ({
    ...input,
    tries: input.tries ?? NO_TRIES,
    session: null,
    wellSince: undefined,
    asked: undefined,
    gaveUpAt: undefined,
    why: 'not connected',
  }),
  initial: 'unknown',
  on: {
    LOOK: [
      { guard: 'isOpen', actions: 'explain' },
      { guard: 'startsAnew', target: '.deciding', actions: 'forget' },
      { target: '.deciding' },
    ],
    COMMANDED: { guard: 'isKeeping', target: '.suspended', actions: ['suspend', 'forget'] },
    ENDED: { actions: 'noteEnding' },
  },
  states: {
    /** By the facts of this moment. */
    deciding: {
      always: [
        { guard: 'isOutsideHours', target: 'inactive', actions: ['explain', 'forget', 'endSuspension'] },
        { guard: 'isSuspended', target: 'suspended', actions: ['explain', 'forget'] },
        { guard: 'isNotKnown', target: 'unknown', actions: 'explain' },
        { guard: 'isAsWanted', target: 'converged', actions: 'explain' },
        { guard: 'hasGivenUp', target: 'failing', actions: 'explain' },
        { guard: 'mustWait', target: 'converging.waiting', actions: 'explain' },
        {
          target: 'converging.acting',
          actions: [
            'explain',
            'count',
            { type: 'act', params: ({ context }) => ({ intent: context.asked as IntentName }) },
          ],
        },
      ],
    },
    /** Nothing is wanted now. */
    inactive: {},
    unknown: {},
    converged: {},
    converging: {
      initial: 'waiting',
      states: { acting: {}, waiting: {} },
    },
    suspended: {},
    failing: {},
  },
});

/** @param value of the statechart */
export const statusOf = (value: unknown): DesiredStatus =>
  typeof value === 'string' ? (value as DesiredStatus) : 'converging';
