import { assign, setup } from 'xstate';
import {
  type Counts,
  type RolloutReason,
  type RolloutStatus,
  type TargetOutcome,
  targetOutcomes,
} from './rollout-status.ts';

export * from './rollout-status.ts';

/** How careful it is. */
export interface Care {
  /** Number of devices to start with; 0: none, so only the rate limits how many run at once. */
  canary: number;
  /** It stops where more than this share of the last devices failed (`error` and `lost`). */
  maxErrorShare: number;
  maxTimeoutShare: number;
}

/** Results since the start, or since it was resumed after an automatic stop. */
interface Round {
  /** Devices that were sent it. */
  taken: number;
  /** Of these, those that have ended, and those that ended well. */
  settled: number;
  well: number;
  /** The latest results: `s`uccess, `e`rror, `t`imeout. */
  recent: string;
}

export interface RolloutContext extends Care {
  counts: Counts;
  round: Round;
  why: RolloutReason | undefined;
}

/** A target, as far as the decisions go by it. `isOfRound`: it was sent in the present round. */
export interface Known {
  outcome: TargetOutcome;
  isOfRound: boolean;
}

export type RolloutEvent =
  /** `isAgain`: it was recorded as sent in an earlier round, and its command never left. */
  | { type: 'SENT'; isAgain?: boolean }
  /** A target that was sent, or was about to be. */
  | { type: 'ENDED'; outcome: Exclude<TargetOutcome, 'waiting' | 'sent' | 'lost'>; isOfRound: boolean }
  | { type: 'WATCHED'; outcome: 'success' | 'lost'; isOfRound: boolean }
  /** Targets that were waiting, and will not be sent it. */
  | { type: 'LEFT_OUT'; count: number; outcome: 'undelivered' | 'cancelled' }
  | { type: 'PAUSE'; why?: RolloutReason }
  | { type: 'RESUME' }
  | { type: 'CANCEL' }
  /** After a restart: makes the decision again. */
  | { type: 'LOOK' };

/** The share of failures is that of the last so many. */
const RECENT = 200;
/** Without a canary, one failure is not judged alone. */
const LEAST = 10;
/** So many commands wait for their answers at most. */
const MAX_SENT = 500;

const newRound: Round = { taken: 0, settled: 0, well: 0, recent: '' };

/** @param known all targets; those that were answered in the order of their answers */
export function contextOf(care: Care, known: Iterable<Known>): RolloutContext {
  const counts = Object.fromEntries(targetOutcomes.map((it) => [it, 0])) as Counts;
  let round = newRound;
  for (const { outcome, isOfRound } of known) {
    counts[outcome]++;
    if (isOfRound) round = restored(round, outcome);
  }
  return { ...care, counts, round, why: undefined };
}

const letters: Partial<Record<TargetOutcome, string>> = {
  watching: 's',
  success: 's',
  error: 'e',
  lost: 'e',
  timeout: 't',
};

/** Was it sent, and is not only on its way? Then its device may be harmed by it. */
const isAnswered = (outcome: TargetOutcome) => letters[outcome] !== undefined;

function restored(round: Round, outcome: TargetOutcome): Round {
  const sent = outcome === 'sent' ? { ...round, taken: round.taken + 1 } : round;
  return isAnswered(outcome) ? answered({ ...sent, taken: sent.taken + 1 }, outcome) : sent;
}

function answered(round: Round, outcome: TargetOutcome): Round {
  // What had nothing to do is no evidence.
  if (!isAnswered(outcome)) return { ...round, taken: Math.max(0, round.taken - 1) };
  return settled({ ...round, recent: (round.recent + letters[outcome]).slice(-RECENT) }, outcome);
}

const settled = (round: Round, outcome: TargetOutcome): Round =>
  outcome === 'watching'
    ? round
    : { ...round, settled: round.settled + 1, well: round.well + Number(outcome === 'success') };

/** Its answer was counted as a success, which is now subtracted. */
const lost = (round: Round): Round =>
  settled({ ...round, recent: (round.recent.replace('s', '') + letters.lost).slice(-RECENT) }, 'lost');

/** Which share is over its limit. */
export function failing({ canary, maxErrorShare, maxTimeoutShare, round }: RolloutContext) {
  const of = Math.max(round.recent.length, canary || LEAST);
  const share = (letter: string) => (round.recent.split(letter).length - 1) / of;
  if (share('e') > maxErrorShare) return 'errors';
  return share('t') > maxTimeoutShare ? 'timeouts' : undefined;
}

/**
 * How many more may be sent it now. Beyond the canary no more are under way than have ended well: a harm that shows only
 * late has met few by then.
 */
export function room(status: RolloutStatus, { canary, counts, round }: RolloutContext): number {
  const free = Math.min(counts.waiting, MAX_SENT - counts.sent);
  if (status === 'canary') return Math.max(0, Math.min(free, canary - round.taken));
  if (status !== 'running') return 0;
  const window = canary === 0 ? Number.POSITIVE_INFINITY : Math.max(canary, round.well);
  return Math.max(0, Math.min(free, window - counts.sent - counts.watching));
}

/** May a command that is recorded as sent, and has not left, leave now? */
export const mayLeave = (status: RolloutStatus, { canary, round }: RolloutContext, isOfRound: boolean): boolean =>
  status === 'running' || (status === 'canary' && (isOfRound || round.taken < canary));

const isOver = ({ counts }: RolloutContext) => counts.waiting + counts.sent + counts.watching === 0;

function counted({ counts, round }: RolloutContext, event: RolloutEvent): Partial<RolloutContext> {
  const move = (from: TargetOutcome, to: TargetOutcome, count = 1): Counts => ({
    ...counts,
    [from]: counts[from] - count,
    [to]: counts[to] + count,
  });
  // A late result of an earlier round decides nothing in this one.
  const inRound = (isOfRound: boolean, next: (it: Round) => Round) => (isOfRound ? next(round) : round);
  switch (event.type) {
    case 'SENT':
      return { counts: event.isAgain ? counts : move('waiting', 'sent'), round: { ...round, taken: round.taken + 1 } };
    case 'ENDED':
      return {
        counts: move('sent', event.outcome),
        round: inRound(event.isOfRound, (it) => answered(it, event.outcome)),
      };
    case 'WATCHED':
      return {
        counts: move('watching', event.outcome),
        round: inRound(event.isOfRound, (it) => (event.outcome === 'lost' ? lost(it) : settled(it, 'success'))),
      };
    case 'LEFT_OUT':
      return { counts: move('waiting', event.outcome, event.count) };
    default:
      return {};
  }
}

/** One command for many devices, a few first. It decides how many may be sent it, and when to stop. */
export const rolloutMachine = setup({
  types: {
    context: {} as RolloutContext,
    events: {} as RolloutEvent,
    input: {} as RolloutContext,
  },
  guards: {
    /** With no devices left, there is nothing to stop. */
    isFailing: ({ context }) => context.counts.waiting > 0 && failing(context) !== undefined,
    isOver: ({ context }) => isOver(context),
    canaryIsWell: ({ context: { canary, round } }) => round.settled >= canary,
  },
  actions: {
    count: assign(({ context, event }) => counted(context, event)),
    sayWhy: assign({ why: ({ context }) => failing(context) }),
    note: assign({ why: ({ event }) => (event.type === 'PAUSE' ? event.why : undefined) }),
    /** A person has checked the failures and resumes it: as carefully as at the start. */
    beginRound: assign({ round: newRound, why: undefined }),
  },
}).createMachine({
  id: 'rollout',
  context: ({ input }) => input,
  initial: 'canary',
  on: {
    SENT: { actions: 'count' },
    ENDED: { actions: 'count' },
    WATCHED: { actions: 'count' },
    LEFT_OUT: { actions: 'count' },
  },
  states: {
    canary: {
      always: [
        { guard: 'isFailing', target: 'stopped', actions: 'sayWhy' },
        { guard: 'isOver', target: 'done' },
        { guard: 'canaryIsWell', target: 'running' },
      ],
      on: { PAUSE: { target: 'paused', actions: 'note' }, CANCEL: 'cancelled' },
    },
    running: {
      always: [
        { guard: 'isFailing', target: 'stopped', actions: 'sayWhy' },
        { guard: 'isOver', target: 'done' },
      ],
      on: { PAUSE: { target: 'paused', actions: 'note' }, CANCEL: 'cancelled' },
    },
    paused: {
      always: [
        { guard: 'isFailing', target: 'stopped', actions: 'sayWhy' },
        { guard: 'isOver', target: 'done' },
      ],
      on: { RESUME: { target: 'canary', actions: 'note' }, CANCEL: { target: 'cancelled', actions: 'note' } },
    },
    stopped: {
      on: { RESUME: { target: 'canary', actions: 'beginRound' }, CANCEL: 'cancelled' },
    },
    /** Commands that were sent run to their end. */
    cancelled: {},
    done: { type: 'final' },
  },
});
