import { assign, setup } from 'xstate';
import type { DesiredReason, DesiredStatus } from './desired-status.ts';
import type { IntentName } from './intents.ts';
import type { Observation } from './observation.ts';

export { type DesiredReason, type DesiredStatus, desiredStatuses } from './desired-status.ts';

/** The desired state of a screen. */
export interface Target {
  playback: 'playing' | 'paused' | 'stopped';
  fullscreen?: boolean | undefined;
}

/** Attempts with one intent, and the ending of the last one. Times are in milliseconds. */
export interface Tried {
  times: number;
  lastAt: number;
  ending?: string;
}
export type Tries = Readonly<Partial<Record<IntentName, Tried>>>;

/** The input of a decision. Times are in milliseconds. */
export interface Facts {
  at: number;
  /** The desired state's schedule is active. */
  isActive: boolean;
  isMaintained: boolean;
  /** Id of the device's session; null if it is not connected. */
  session: string | null;
  /** This session has a recent measurement. */
  isMeasured: boolean;
  /** Measured after the last command (SPEC C1); null if there is none yet. */
  seen: Observation | null;
  /** A command is pending, whoever sent it. */
  isBusy: boolean;
}

export interface KeeperInput {
  target: Target;
  giveUpAfter: number;
  /** Attempts of an earlier process. */
  tries?: Tries | undefined;
  suspended?: { until: number; by: string } | undefined;
}

export type KeeperEvent =
  | { type: 'EVALUATE'; facts: Facts }
  /** A user sent a command to the device. */
  | { type: 'COMMANDED'; by: string; at: number }
  /** The keeper's own command ended or was refused. */
  | { type: 'ENDED'; ending: string; at: number };

export interface KeeperContext extends Omit<KeeperInput, 'tries'> {
  tries: Tries;
  session: string | null;
  /** Since when the device is in the desired state. */
  convergedSince: number | undefined;
  /** The intent that was sent and has not ended yet. */
  pendingIntent: IntentName | undefined;
  /** The observation at the time of giving up. */
  gaveUpWith: Observation | undefined;
  why: DesiredReason;
}

/** A user's command suspends the desired state for this long. */
export const SUSPEND_MS = 15 * 60_000;
/** Delay before the second attempt. It doubles with every further one. */
export const RETRY_MS = 5000;
const MAX_RETRY_MS = 300_000;
/**
 * A device that stays converged for this long has no failed attempts any more. A session that begins this soon after an
 * attempt may be a consequence of it (a crash), so it does not reset the attempts.
 */
export const STEADY_MS = 60_000;
export const GIVE_UP_AFTER = 6;

/** The intent that leads to the target. `not told`: the observation does not contain the property. */
export function nextIntent({ playback, fullscreen }: Target, seen: Observation): IntentName | 'nothing' | 'not told' {
  const is = seen.playback;
  if (is === undefined) return 'not told';
  if (playback === 'playing' && is !== 'playing') return 'play';
  // Same rule as the `pause` intent: a stopped player counts as paused.
  if (playback === 'paused' && is === 'playing') return 'pause';
  if (playback === 'stopped') {
    // Old players cannot distinguish paused from stopped.
    if (is === 'not playing') return 'not told';
    return is === 'stopped' ? 'nothing' : 'stop';
  }
  if (fullscreen === undefined || is === 'stopped' || is === 'not playing') return 'nothing';
  if (seen.fullscreen === undefined) return 'not told';
  return seen.fullscreen === fullscreen ? 'nothing' : fullscreen ? 'fullscreen:on' : 'fullscreen:off';
}

/** Earliest time of the next attempt. */
export function retryAt({ times, lastAt }: Tried): number {
  return lastAt + Math.min(RETRY_MS * 2 ** (times - 1), MAX_RETRY_MS);
}

type Outcome = 'unchanged' | 'inactive' | 'suspended' | 'unknown' | 'converged' | 'acting' | 'waiting' | 'failing';

interface Decision {
  outcome: Outcome;
  why?: DesiredReason;
  intent?: IntentName;
}

/** Acts only on recent measurements of this session that were made after the last command. */
function decide(context: KeeperContext, facts: Facts): Decision {
  const { at, isActive, isMaintained, session, isMeasured, isBusy } = facts;
  if (!isActive) return { outcome: 'inactive', why: 'outside hours' };
  if (isMaintained) return { outcome: 'suspended', why: 'maintenance' };
  if (context.suspended && at < context.suspended.until) return { outcome: 'suspended', why: 'command' };
  if (session === null) return { outcome: 'unknown', why: 'not connected' };
  const isPending = isBusy || context.pendingIntent !== undefined;
  if (!isPending && isMeasured && facts.seen) return decideByState(context, facts.seen, at);
  // The effect of the command has not been measured yet.
  if ((isPending || isMeasured) && stableReasons.has(context.why)) return { outcome: 'unchanged' };
  return { outcome: 'unknown', why: 'not measured' };
}

/** Reasons that stay valid until the next measurement. */
const stableReasons: ReadonlySet<DesiredReason> = new Set([
  'as wanted',
  'command sent',
  'waiting to retry',
  'gave up',
  'not told',
] satisfies DesiredReason[]);

function decideByState(context: KeeperContext, seen: Observation, at: number): Decision {
  const intent = nextIntent(context.target, seen);
  if (intent === 'not told') return { outcome: 'unknown', why: 'not told' };
  if (intent === 'nothing') return { outcome: 'converged', why: 'as wanted' };
  const tried = context.tries[intent];
  if (!tried) return { outcome: 'acting', why: 'command sent', intent };
  if (tried.times >= context.giveUpAfter) return { outcome: 'failing', why: 'gave up' };
  if (at < retryAt(tried)) return { outcome: 'waiting', why: 'waiting to retry' };
  return { outcome: 'acting', why: 'command sent', intent };
}

/** Whether earlier attempts no longer count because something has changed. */
function resetsTries({ tries, session, convergedSince, gaveUpWith, target }: KeeperContext, facts: Facts): boolean {
  const lastAt = Math.max(...Object.values(tries).map((it) => it.lastAt));
  // A player that crashes on a command also reconnects, so a new session alone is not enough.
  if (facts.session !== null && facts.session !== session && facts.at - lastAt >= STEADY_MS) return true;
  const { seen } = facts;
  if (!seen) return false;
  const intent = nextIntent(target, seen);
  if (intent === 'nothing' || intent === 'not told') return false;
  if (convergedSince !== undefined && facts.at - convergedSince >= STEADY_MS) return true;
  return (
    gaveUpWith !== undefined && (gaveUpWith.playback !== seen.playback || gaveUpWith.fullscreen !== seen.fullscreen)
  );
}

const NO_TRIES: Tries = Object.freeze({});

/** Guard: EVALUATE leads to this outcome. */
const decides =
  (outcome: Outcome) =>
  ({ context, event }: { context: KeeperContext; event: KeeperEvent }): boolean =>
    event.type === 'EVALUATE' && decide(context, event.facts).outcome === outcome;

/**
 * Keeps one device in its desired state (SPEC G1–G7): compares the observation with the target and sends the missing
 * intent. The machine has no timers: its host sends EVALUATE whenever a fact may have changed.
 */
export const keeperMachine = setup({
  types: {
    context: {} as KeeperContext,
    events: {} as KeeperEvent,
    input: {} as KeeperInput,
  },
  guards: {
    isUnchanged: decides('unchanged'),
    isOutsideHours: decides('inactive'),
    isSuspended: decides('suspended'),
    isUnknown: decides('unknown'),
    isConverged: decides('converged'),
    hasGivenUp: decides('failing'),
    mustWait: decides('waiting'),
    isWithinHours: ({ context }) => context.why !== 'outside hours',
    resetsTries: ({ context, event }) =>
      event.type === 'EVALUATE' && Object.keys(context.tries).length > 0 && resetsTries(context, event.facts),
  },
  actions: {
    /** Effect, bound by the host: sends the intent. */
    act: (_, _params: { intent: IntentName }) => {},
    forget: assign({ tries: NO_TRIES, gaveUpWith: undefined, convergedSince: undefined }),
    endSuspension: assign({ suspended: undefined }),
    explain: assign(({ context, event }) => {
      if (event.type !== 'EVALUATE') return {};
      const { facts } = event;
      const { outcome, why = context.why } = decide(context, facts);
      const isConverged = outcome === 'converged';
      return {
        why,
        session: outcome === 'unchanged' ? context.session : facts.session,
        convergedSince: isConverged
          ? (context.convergedSince ?? facts.at)
          : outcome === 'unchanged'
            ? context.convergedSince
            : undefined,
        gaveUpWith: outcome === 'failing' ? (facts.seen ?? undefined) : isConverged ? undefined : context.gaveUpWith,
      };
    }),
    count: assign(({ context, event }) => {
      if (event.type !== 'EVALUATE') return {};
      const { intent } = decide(context, event.facts);
      if (!intent) return {};
      const times = (context.tries[intent]?.times ?? 0) + 1;
      return { pendingIntent: intent, tries: { ...context.tries, [intent]: { times, lastAt: event.facts.at } } };
    }),
    noteEnding: assign(({ context, event }) => {
      const { pendingIntent, tries } = context;
      const tried = pendingIntent && tries[pendingIntent];
      if (event.type !== 'ENDED' || !pendingIntent || !tried) return { pendingIntent: undefined };
      const { ending, at } = event;
      return { pendingIntent: undefined, tries: { ...tries, [pendingIntent]: { ...tried, lastAt: at, ending } } };
    }),
    suspend: assign(({ event }) =>
      event.type === 'COMMANDED'
        ? {
            suspended: { until: event.at + SUSPEND_MS, by: event.by },
            why: 'command' as const,
            convergedSince: undefined,
          }
        : {},
    ),
  },
}).createMachine({
  id: 'keeper',
  context: ({ input }) => ({
    ...input,
    tries: input.tries ?? NO_TRIES,
    session: null,
    convergedSince: undefined,
    pendingIntent: undefined,
    gaveUpWith: undefined,
    why: 'not connected',
  }),
  initial: 'unknown',
  on: {
    EVALUATE: [
      { guard: 'isUnchanged', actions: 'explain' },
      { guard: 'resetsTries', target: '.deciding', actions: 'forget' },
      { target: '.deciding' },
    ],
    COMMANDED: { guard: 'isWithinHours', target: '.suspended', actions: ['suspend', 'forget'] },
    ENDED: { actions: 'noteEnding' },
  },
  states: {
    /** Transient: picks the state by the facts of the event. */
    deciding: {
      always: [
        { guard: 'isOutsideHours', target: 'inactive', actions: ['explain', 'forget', 'endSuspension'] },
        { guard: 'isSuspended', target: 'suspended', actions: ['explain', 'forget'] },
        { guard: 'isUnknown', target: 'unknown', actions: 'explain' },
        { guard: 'isConverged', target: 'converged', actions: 'explain' },
        { guard: 'hasGivenUp', target: 'failing', actions: 'explain' },
        { guard: 'mustWait', target: 'converging.waiting', actions: 'explain' },
        {
          target: 'converging.acting',
          actions: [
            'explain',
            'count',
            { type: 'act', params: ({ context }) => ({ intent: context.pendingIntent as IntentName }) },
          ],
        },
      ],
    },
    /** Outside the scheduled hours. */
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

/** @param value the machine's state value */
export const statusOf = (value: unknown): DesiredStatus =>
  typeof value === 'string' ? (value as DesiredStatus) : 'converging';
